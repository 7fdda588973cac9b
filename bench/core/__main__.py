"""`python -m bench.core`: measure, compare with the stored baseline, report.

The exit status is 1 only when an operation costs far more than it did. `--store` makes this run the baseline.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from bench.core.measure import Cost, measure

BASELINE: Final = Path(__file__).with_name("baseline.json")
_ROUNDS: Final = 15
_GROSS: Final = 2.0  # a busy machine takes a quarter of its caches away


def main(arguments: list[str]) -> int:
    """Measure and report."""
    costs = measure(_ROUNDS)
    if arguments == ["--store"]:
        BASELINE.write_text(json.dumps({name: round(cost.turns, 1) for name, cost in costs.items()}, indent=2) + "\n")
    baseline: dict[str, float] = json.loads(BASELINE.read_text())
    print("operation        CPU us    turns    baseline   change")
    for name, cost in costs.items():
        was = baseline[name]
        print(f"{name:14} {cost.microseconds:8.1f} {cost.turns:8.1f} {was:10.1f} {cost.turns / was - 1:+9.0%}")
    slower = [name for name, cost in costs.items() if _is_gross(cost, baseline[name])]
    if slower:
        print(f"Far slower than the baseline: {', '.join(slower)}", file=sys.stderr)
    return 1 if slower else 0


def _is_gross(cost: Cost, baseline: float) -> bool:
    return cost.turns > _GROSS * baseline


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
