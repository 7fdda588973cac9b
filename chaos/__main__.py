"""`python -m chaos [experiment]...`: do harm, tell what held, and write the figures into docs/reliability.md."""

from __future__ import annotations

import argparse
import resource
import signal
import sys
import tempfile
from pathlib import Path
from typing import Final

import uvloop

from chaos import report
from chaos.experiment import Experiment
from chaos.flood import FLOOD
from chaos.fuzzed import FUZZED
from chaos.held_calls import HELD_CALLS
from chaos.idle_connections import IDLE_CONNECTIONS
from chaos.killed_edge import KILLED_EDGE
from chaos.killed_service import KILLED_SERVICE
from chaos.moved_phones import MOVED_PHONES
from chaos.race import RACE
from chaos.rolling_update import ROLLING_UPDATE
from chaos.soak import SOAK
from chaos.storm import STORM
from chaos.stream_flood import STREAM_FLOOD
from chaos.unfinished_messages import UNFINISHED_MESSAGES
from chaos.wake_ups import WAKE_UPS

_ALL: Final = {
    experiment.name: experiment
    for experiment in (
        KILLED_EDGE,
        ROLLING_UPDATE,
        FLOOD,
        STREAM_FLOOD,
        UNFINISHED_MESSAGES,
        IDLE_CONNECTIONS,
        FUZZED,
        RACE,
        HELD_CALLS,
        MOVED_PHONES,
        WAKE_UPS,
        KILLED_SERVICE,
        STORM,
        SOAK,
    )
}
_TOLD: Final = 10


def main() -> int:
    """Run the experiments that are named, or all. Returns 0 when every invariant held."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("experiment", nargs="*", help=f"of {', '.join(_ALL)}; all when none is named")
    names = parser.parse_args().experiment or list(_ALL)
    if unknown := set(names) - set(_ALL):
        parser.error(f"no such experiment: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    broken = [name for name in names if not _held(_ALL[name])]
    return int(bool(broken))


def _held(experiment: Experiment) -> bool:
    print(f"{experiment.name}: {experiment.invariant}", flush=True)
    with tempfile.TemporaryDirectory(prefix=f"chaos-{experiment.name}-") as folder:
        findings = uvloop.run(experiment.run(Path(folder)))
    for what, figure in findings.figures.items():
        print(f"    {what}: {figure}")
    for broken in findings.broken[:_TOLD]:
        print(f"    BROKEN: {broken}")
    if findings.broken:
        print(f"    {len(findings.broken)} times broken", flush=True)
        return False
    report.write(experiment, findings)
    print("    held", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
