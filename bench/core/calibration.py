"""A loop that tells how fast the machine and its Python are at this moment.

Like an edge it cuts text, looks it up and hashes it. It calls no code of the edge, so a change of that doesn't move
it. A slow machine, a busy neighbour or another interpreter moves it as it moves the edge.
"""

from __future__ import annotations

from hashlib import md5
from time import process_time_ns
from typing import Final

_TURNS: Final = 200
_LINE: Final = "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK776asdhds"


def calibrate() -> float:
    """CPU microseconds of one turn of the loop, just now."""
    start = process_time_ns()
    _loop()
    return (process_time_ns() - start) / 1000 / _TURNS


def _loop() -> None:
    table: dict[str, list[str]] = {}
    for i in range(_TURNS):
        name, _, value = f"{_LINE}{i}".partition(":")
        parts = [part.strip() for part in value.split(";")]
        key = f"{name.lower()} {md5(value.encode()).hexdigest()}"
        table[key] = parts
        for part in parts:
            if part.startswith("branch=") and key in table:
                table[key] = [part.partition("=")[2], ", ".join(parts)]
