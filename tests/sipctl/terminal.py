"""A terminal of an operator: commands are run as people run them."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parent.parent.parent / "bin" / "sipctl"


@dataclass
class Ended:
    """The end of a command."""

    status: int
    stdout: str
    stderr: str


class Terminal:
    """Runs commands with these variables in the environment. `printed` is all that they have printed."""

    def __init__(self, **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SIP_API_"))}
        self._environment = {**kept, "AWS_EC2_METADATA_DISABLED": "true", **environment}
        self.printed = ""

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> Ended:
        """Run a command to its end."""
        done = subprocess.run(
            (PROGRAM, *arguments),
            env=self._environment | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.printed += done.stdout + done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def text(self, *arguments: str, stdin: str = "") -> str:
        """The text of a command that must succeed."""
        ended = self.run(*arguments, stdin=stdin)
        assert (ended.status, ended.stderr) == (0, ""), ended
        return ended.stdout

    def json(self, *arguments: str, stdin: str = "") -> Any:
        """The JSON of a command that must succeed."""
        return json.loads(self.text(*arguments, "--json", stdin=stdin))
