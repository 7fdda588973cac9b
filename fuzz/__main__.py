"""`python -m fuzz [--runs N] [target]`: feed inputs that coverage leads to targets, and stop at the first that fails.

The runs are shared among all targets when none is named. Failing inputs are kept in `.cache/fuzz/`, from where
`python -m fuzz.target NAME FILE` plays them again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from fuzz.seeds import SEEDS

_FOUND: Final = Path(".cache/fuzz")
_LIMITS: Final = ("-max_len=4096", "-timeout=10", "-rss_limit_mb=2048", "-len_control=0", "-verbosity=0")


def main() -> int:
    """Run the targets one after the other. Returns 0 when none has failed."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("target", nargs="?", choices=sorted(SEEDS), help="only this one")
    parser.add_argument("--runs", type=int, default=1_000_000, help="inputs in total (default: a million)")
    arguments = parser.parse_args()
    targets = [arguments.target] if arguments.target else sorted(SEEDS)
    return int(any(_run(target, -(-arguments.runs // len(targets))) for target in targets))


def _run(target: str, runs: int) -> int:
    _FOUND.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as corpus:
        for i, seed in enumerate(SEEDS[target]()):
            (Path(corpus) / f"seed{i:03}").write_bytes(seed)
        limits = (*_LIMITS, f"-artifact_prefix={_FOUND}/{target}-", f"-runs={runs}")
        command = (sys.executable, "-m", "fuzz.target", target, *limits, corpus)
        ran = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace", check=False)  # noqa: S603
    seconds = time.monotonic() - begun
    if ran.returncode:
        print(ran.stderr)
    print(f"{target}: {runs} inputs in {seconds:.0f} s, {'FAILED' if ran.returncode else 'no failure'}", flush=True)
    return int(bool(ran.returncode))


if __name__ == "__main__":
    sys.exit(main())
