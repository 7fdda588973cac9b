"""Synthesizing the CDK application, unless that was done before."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.build_cache import cached_folder
from local.failure import StartError

_ROOT: Final = Path(__file__).parent.parent
_CACHE: Final = _ROOT / ".cache" / "templates"
# The functions run where their packages are installed already, and whom they tell of events may run there, too.
_CONTEXT: Final = {"platform": "host", "firewall": "false", "private_webhooks": "true"}
# Everything that the templates and the functions' code are made from.
_FILES: Final = ("app.py", "cdk.json", "environments.toml", "requirements.txt", "lambdas/requirements.txt")
_PACKAGES: Final = ("infra", "directory", "lambdas")


def synthesized() -> Path:
    """The folder with the synthesized application, made only when its sources have changed. Raises StartError."""
    return cached_folder(_CACHE / f"host-{_digest()}", _synthesize)


def _synthesize(folder: Path) -> None:
    """Run the application as the CDK CLI does: its context and its output folder come by the environment."""
    result = subprocess.run(
        (sys.executable, "app.py"),
        cwd=_ROOT,
        env={**os.environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(_CONTEXT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines() or ["no reason given"]
        raise StartError(f"the templates can't be made: {lines[-1]}")


def _digest() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in _sources():
        digest.update(f"\0{path.relative_to(_ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    yield from (_ROOT / name for name in _FILES)
    for package in _PACKAGES:
        yield from sorted((_ROOT / package).rglob("*.py"))
