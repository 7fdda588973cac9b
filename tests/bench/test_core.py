"""The benchmark of the core does what it says, and the core is not far slower than it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_nothing_has_become_far_slower() -> None:
    """Each operation raises when its last answer isn't a 200, so this shows that what is measured works, too."""
    done = subprocess.run([sys.executable, "-m", "bench.core"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == [
        "registration",
        "refresh",
        "call",
        "direct_call",
        "proved_call",
    ]
