"""Writes what was found into docs/performance.md, between two marks; the prose around them stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from bench import chart
from bench.comparison import DATABASE, EDGE, MEMORY, SERVERS, cost
from bench.core.__main__ import BASELINE
from bench.measurement import OPERATIONS, Operation
from bench.page import replace_part, table
from bench.results import Results

_DOCS: Final = Path(__file__).parent.parent / "docs"
_PAGE: Final = _DOCS / "performance.md"
_PLOTS: Final = _DOCS / "performance"


def write(results: Results) -> Path:
    """The page, with new tables and plots."""
    _PLOTS.mkdir(exist_ok=True)
    for old in _PLOTS.glob("*.svg"):
        old.unlink()
    replace_part(_PAGE, "make bench", _body(results))
    return _PAGE


def _body(results: Results) -> Iterator[str]:
    yield f"\nThe {results.mode} run, medians of {results.rounds}. {results.machine}. {results.interpreter}.\n"
    for rate in results.rates:
        yield from _costs(results, rate)
    yield from _core(results)
    yield from _units(results)
    yield from _ceilings(results)
    if results.growth:
        yield "### Growth\n"
        yield "CPU of a registration by how many extensions there are, microseconds:\n"
        yield from _row_by(results.growth)
        yield _plot("growth", chart.line("CPU of a registration", "us", "extensions", results.growth))
    if results.waiting:
        yield "### Waiting writes\n"
        yield "CPU of a write to DynamoDB by how many wait together, microseconds:\n"
        yield from _row_by(results.waiting)
        yield _plot("waiting", chart.line("CPU of a write", "us", "writes that wait together", results.waiting))
    if results.memory:
        yield "### Memory of the edge\n"
        yield from table(["for each", "KB"], [[name, f"{kb:.1f}"] for name, kb in results.memory.items()])
    if results.rest:
        yield "### REST\n"
        yield from table(
            ["a function's", "CPU, ms"], [[name, f"{ms:.1f}"] for name, ms in sorted(results.rest.items())]
        )


def _costs(results: Results, rate: int) -> Iterator[str]:
    servers = [server for server in SERVERS if any(key[0] == server and key[2] == rate for key in results.samples)]
    yield f"### CPU of one operation at {rate:,}/s\n"
    yield "Microseconds, user and system, of the server's processes; with `+`, of PostgreSQL's too. `-`: not clean.\n"
    rows, groups = [], {}
    for operation in OPERATIONS:
        costs = {server: cost(results.samples, server, operation, rate) for server in servers}
        row = [operation.name, *(_cell(found) for found in costs.values())]
        rows.append([*row, *_ratios(costs)])
        groups[operation.name] = {server: sum(found) for server, found in costs.items() if found}
    yield from table(
        ["", *servers, "edge / Kamailio + PostgreSQL", "the same, with PostgreSQL's CPU", "edge / Kamailio in memory"],
        rows,
    )
    yield _plot(f"cpu-{rate}", chart.bars(f"CPU of one operation at {rate:,}/s, the database's too", "us", groups))


def _cell(found: tuple[float, float] | None) -> str:
    if found is None:
        return "-"
    server, store = found
    return f"{server:.0f} + {store:.0f}" if store else f"{server:.0f}"


def _ratios(costs: dict[str, tuple[float, float] | None]) -> list[str]:
    edge, database, memory = (costs.get(server) for server in (EDGE, DATABASE, MEMORY))
    return [
        f"{edge[0] / database[0]:.2f}" if edge and database else "",
        f"{edge[0] / sum(database):.2f}" if edge and database else "",
        f"{edge[0] / memory[0]:.2f}" if edge and memory else "",
    ]


def _core(results: Results) -> Iterator[str]:
    baseline: dict[str, float] = json.loads(BASELINE.read_text())
    yield "### The core, without sockets and store\n"
    yield from table(
        ["", "CPU, us", "turns of the calibration loop", "baseline"],
        [
            [name.replace("_", " "), f"{found.microseconds:.1f}", f"{found.turns:.1f}", f"{baseline[name]:.1f}"]
            for name, found in results.core.items()
        ],
    )


def _units(results: Results) -> Iterator[str]:
    yield "### DynamoDB for one operation\n"
    yield "Counted at the endpoint. Writes cost write units and reads, all consistent, read units.\n"
    rate = results.rates[0]
    rows = []
    for operation in OPERATIONS:
        counts = [s.counts for s in results.samples.get((EDGE, operation.name, rate), [])]
        if counts:
            rows.append([operation.name, *(_each(counts, kind, operation) for kind in ("write_units", "read_units"))])
            rows[-1].append(f"{sum(_value(counts, kind, operation) for kind in _CALLS):.2f}")
    yield from table(["", "write units", "read units", "calls"], rows)


_CALLS: Final = ("calls_BatchGetItem", "calls_BatchExecuteStatement")


def _each(counts: list[dict[str, float]], kind: str, operation: Operation) -> str:
    return f"{_value(counts, kind, operation):.2f}"


def _value(counts: list[dict[str, float]], kind: str, operation: Operation) -> float:
    """A scenario of refreshes begins with a registration, which costs one of everything, too."""
    return median(found.get(kind, 0.0) for found in counts) / (operation.times + bool(operation.after))


def _ceilings(results: Results) -> Iterator[str]:
    if not results.latency:
        return
    yield "### Highest clean rate, and latency at half of it\n"
    yield "Operations per second without a failure or a repeated message; milliseconds until the 200 or the 180.\n"
    yield from table(
        ["server", "operation", "highest clean rate", "p50", "p99"],
        [
            [server, name, f"{found.rate:,}", f"{found.p50:.1f}", f"{found.p99:.1f}"]
            for (server, name), found in results.latency.items()
        ],
    )


def _row_by(points: dict[int, float]) -> Iterator[str]:
    yield from table([f"{number:,}" for number in points], [[f"{value:.0f}" for value in points.values()]])


def _plot(name: str, svg: str) -> str:
    (_PLOTS / f"{name}.svg").write_text(svg)
    return f"![{name}](performance/{name}.svg)\n"
