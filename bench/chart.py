"""Plots as SVG: bars side by side, and lines over a logarithmic axis."""

from __future__ import annotations

from html import escape
from math import log10
from typing import Final

_WIDTH: Final = 760
_LEFT: Final = 190
_BAR: Final = 16
_COLOURS: Final = ("#1f6f8b", "#c8553d", "#8a8d3f", "#7a6a8a")
_STYLE: Final = 'font-family="sans-serif" font-size="12" fill="#222"'


def bars(title: str, unit: str, groups: dict[str, dict[str, float]]) -> str:
    """Groups of bars, one for each server that has a value."""
    names = list(dict.fromkeys(name for group in groups.values() for name in group))
    longest = max((value for group in groups.values() for value in group.values()), default=1.0)
    parts: list[str] = [_text(10, 20, title, bold=True)]
    y = 34
    for i, name in enumerate(names):
        parts.append(_rectangle(10, y, 12, 12, i) + _text(28, y + 10, name))
        y += 18
    for label, group in groups.items():
        y += 10
        parts.append(_text(10, y + 12, label))
        for name, value in group.items():
            width = max(1.0, (_WIDTH - _LEFT - 90) * value / longest)
            parts.append(_rectangle(_LEFT, y, width, _BAR - 3, names.index(name)))
            parts.append(_text(_LEFT + width + 6, y + 11, f"{value:,.0f} {unit}"))
            y += _BAR
    return _svg(y + 16, parts)


def line(title: str, unit: str, label: str, points: dict[int, float]) -> str:
    """One line; the horizontal axis is logarithmic."""
    height, bottom = 260, 210
    first, last, top = log10(min(points)), log10(max(points)), max(points.values()) * 1.15
    places = {
        x: (60 + (_WIDTH - 120) * (log10(x) - first) / (last - first), bottom - 160 * y / top)
        for x, y in points.items()
    }
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places.values())
    parts = [_text(10, 20, title, bold=True), _text(_WIDTH // 2 - 60, height - 10, label)]
    parts.append(f'<polyline points="{path}" fill="none" stroke="{_COLOURS[0]}" stroke-width="2"/>')
    parts.append(f'<line x1="50" y1="{bottom}" x2="{_WIDTH - 40}" y2="{bottom}" stroke="#888"/>')
    for number, (x, y) in places.items():
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{_COLOURS[0]}"/>')
        parts.append(_text(x - 12, y - 8, f"{points[number]:,.0f} {unit}") + _text(x - 8, bottom + 18, f"{number:,}"))
    return _svg(height, parts)


def _svg(height: float, parts: list[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height:.0f}">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="#fff"/>', *parts, "</svg>", ""])


def _rectangle(x: float, y: float, width: float, height: float, colour: int) -> str:
    fill = _COLOURS[colour % len(_COLOURS)]
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.1f}" height="{height:.0f}" fill="{fill}"/>'


def _text(x: float, y: float, text: str, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" {_STYLE}{weight}>{escape(text)}</text>'
