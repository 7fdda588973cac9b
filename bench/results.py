"""All that a run has found."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.comparison import Samples
from bench.core.measure import Cost


@dataclass(slots=True)
class Ceiling:
    """The highest clean rate of an operation, and latencies in milliseconds at half of it."""

    rate: int
    p50: float
    p99: float


@dataclass(slots=True)
class Results:
    """A part that is empty was not measured in this run."""

    mode: str
    machine: str
    interpreter: str
    rates: list[int]
    rounds: int
    core: dict[str, Cost]
    samples: Samples
    latency: dict[tuple[str, str], Ceiling] = field(default_factory=dict)
    """By server and operation."""
    growth: dict[int, float] = field(default_factory=dict)
    """CPU microseconds of a registration, by how many extensions there are."""
    waiting: dict[int, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    rest: dict[str, float] = field(default_factory=dict)
