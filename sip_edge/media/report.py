"""The reports of an rtpengine on a session.

A report has the quality of the media of each end, and the time of the last packet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sip_edge.media.bencode import Value
from sip_edge.media.engine import Reply
from sip_edge.media.session import Side

Figures = Mapping[str, float]
ReportEnd = Callable[[Figures], None]

_NAMES = {Side.CALLER: "caller", Side.CALLEE: "callee"}


def quality(reply: Reply, now: float) -> dict[str, float]:
    """The figures of a call that has ended, for its log line.

    They describe each end's sound as it came to the rtpengine. `..._packets` and `..._lost` are counts. `..._jitter_ms`
    is in milliseconds. `..._mos` is an estimate from 1 to 5. Jitter and MOS are there when the far end has sent RTCP.
    """
    created = _number(reply.get("created"))
    found: dict[str, float] = {"media_seconds": max(0, round(now - created))} if created else {}
    for side, name in _NAMES.items():
        streams = _streams(reply, side)
        if not streams:
            continue
        found[f"{name}_packets"] = sum(
            _number(_inner(stream, "stats").get("packets")) for stream in streams if b"RTP" in _flags(stream)
        )
        sources = {str(_number(stream.get("SSRC"))) for stream in streams}
        for heard in [source for ssrc, source in _inner(reply, "SSRC").items() if ssrc in sources]:
            found |= {f"{name}_{figure}": value for figure, value in _of_source(heard).items()}
    return found


def _of_source(source: Value) -> dict[str, float]:
    assert isinstance(source, dict)
    average = _inner(source, "average MOS")
    found: dict[str, float] = {"lost": _number(source.get("cumulative loss"))}
    if average.get("MOS"):
        found |= {"jitter_ms": _number(average.get("jitter")), "mos": _number(average.get("MOS")) / 10}
    return found


def silent_since(reply: Reply) -> float | None:
    """The time at which the end that has been silent for longest was last heard, in seconds since the epoch.

    RTCP counts as well. None when there is nothing to be heard: before the answer, and while one end holds the other.
    """
    last = []
    for side in Side:
        flowing = [media for media in _medias(reply, side) if {b"send", b"recv"} <= _flags(media)]
        streams = [stream for media in flowing for stream in _list(media, "streams")]
        if not streams:
            return None
        last.append(max(_number(stream.get("last packet")) for stream in streams))
    return min(last)


def _streams(reply: Reply, side: Side) -> list[dict[str, Value]]:
    return [stream for media in _medias(reply, side) for stream in _list(media, "streams")]


def _medias(reply: Reply, side: Side) -> list[dict[str, Value]]:
    return _list(_inner(_inner(reply, "tags"), side), "medias")


def _flags(media: dict[str, Value]) -> set[bytes]:
    flags = media.get("flags")
    return {flag for flag in flags if isinstance(flag, bytes)} if isinstance(flags, list) else set()


def _inner(found: dict[str, Value], key: str) -> dict[str, Value]:
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _list(found: dict[str, Value], key: str) -> list[dict[str, Value]]:
    value = found.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _number(value: Value | None) -> int:
    return value if isinstance(value, int) else 0
