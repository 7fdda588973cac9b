"""`python -m bench`: measure the edge beside its peers, and write docs/performance.md. `--full` takes its time."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import interpreter, report
from bench.ceiling import highest_clean
from bench.comparison import DATABASE, EDGE, MEMORY, QM, SERVERS, Comparison, Samples, populate
from bench.core.measure import measure as measure_core
from bench.load import Sipp
from bench.measurement import OPERATIONS, measure
from bench.memory import USERS as MEMORY_USERS
from bench.memory import measure_memory
from bench.peers.edge import Edge
from bench.peers.ready import accepts, answers_sip
from bench.places import ENDPOINT_PORT, SERVER
from bench.rest import measure_rest
from bench.results import Ceiling, Results
from bench.waiting import cost_of_waiting

_CORE_ROUNDS: Final = 15
_SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
_SAMPLED: Final = 8_000


@dataclass(frozen=True, slots=True)
class Plan:
    """The extent of a measurement."""

    mode: str
    servers: list[str]
    rates: list[int]
    users: int
    rounds: int
    seconds: float
    ceilings: bool
    growth: bool


_QUICK: Final = Plan("quick", [EDGE, MEMORY, DATABASE], [1000], 1000, 2, 3, ceilings=False, growth=False)
_FULL: Final = Plan("full", [EDGE, MEMORY, DATABASE, QM], [1000, 2000], 5000, 5, 8, ceilings=True, growth=True)


def main(arguments: list[str]) -> int:
    """Measure, and write the page."""
    plan = _FULL if arguments == ["--full"] else _QUICK
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if accepts(SERVER, ENDPOINT_PORT) or answers_sip():
        print(f"Something else answers on {SERVER}: another benchmark, it seems.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own
        results = Results(
            mode=plan.mode,
            machine=_machine(),
            interpreter=f"The edge ran on {interpreter.described()}",
            rates=plan.rates,
            rounds=plan.rounds,
            core=measure_core(_CORE_ROUNDS),
            samples=_compared(folder, plan),
        )
        if plan.ceilings:
            _measure_ceilings(folder, plan, results)
        if plan.growth:
            _measure_growth(folder, plan, results)
        _measure_store(folder, results)
        results.rest = measure_rest(folder)
    _tell(f"written: {report.write(results)}")
    return 0


def _compared(folder: Path, plan: Plan) -> Samples:
    comparison = Comparison(folder, plan.users, _tell)
    for _ in range(plan.rounds):
        comparison.round(plan.servers, plan.rates, plan.seconds)
    return comparison.samples


def _measure_ceilings(folder: Path, plan: Plan, results: Results) -> None:
    sipp = Sipp(folder, range(plan.users))
    for server in plan.servers:
        for operation in (OPERATIONS[0], OPERATIONS[2]):
            with SERVERS[server](folder) as peer:
                populate(peer, sipp, plan.users)
                rate, _ = highest_clean(peer, sipp, operation, plan.seconds / 2)
                if rate:
                    half = measure(peer, sipp, operation, rate / 2, plan.seconds).outcome
                    found = Ceiling(rate, half.percentile(50), half.percentile(99))
                    results.latency[server, operation.name] = found
                    _tell(f"{server}, {operation.name}: {rate}/s, p99 {found.p99:.1f} ms at half of it")


def _measure_growth(folder: Path, plan: Plan, results: Results) -> None:
    """Of a large number of extensions some register, evenly from all of them."""
    for size in _SIZES:
        with Edge(folder, size) as edge:
            sipp = Sipp(folder, range(0, size, max(1, size // _SAMPLED)))
            measure(edge, sipp, OPERATIONS[0], plan.rates[0], plan.seconds)
            sample = measure(edge, sipp, OPERATIONS[0], plan.rates[0], plan.seconds)
            results.growth[size] = sample.server_us
            _tell(f"{size} extensions: {sample.server_us:.0f} us")


def _measure_store(folder: Path, results: Results) -> None:
    with Edge(folder, 100_000) as edge:
        results.memory = measure_memory(edge, Sipp(folder, MEMORY_USERS))
        results.waiting = cost_of_waiting()


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    kamailio = subprocess.run(("/usr/sbin/kamailio", "-v"), capture_output=True, text=True, check=True)
    version = kamailio.stdout.partition("kamailio ")[2].partition(" ")[0]
    return f"{os.cpu_count()} cores of {model}, {platform.system()} {platform.release()}; Kamailio {version}"


def _tell(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
