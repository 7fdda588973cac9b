"""The agent's end of the line to the test. Commands come in on stdin, answers and events go out as JSON lines."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

STDIN = 0
STDOUT = 1
STDERR = 2


@dataclass(frozen=True)
class Command:
    """One thing that the test asks for. `number` names the answer; `args` holds what `do` needs."""

    number: int
    do: str
    args: dict[str, Any]


class Control:
    """Reads commands without blocking and writes answers and events.

    Takes stdout away from everyone else: the C libraries print to it, and that must not mix with the JSON. Their
    output goes to stderr, where the test collects it as the agent's log.
    """

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(STDOUT), "w", buffering=1, encoding="utf-8")
        os.dup2(STDERR, STDOUT)
        self._unread = b""
        self.closed = False

    def first_line(self) -> bytes:
        """The line that comes before all commands; waits for it. Raises EOFError when the test has gone."""
        while b"\n" not in self._unread:
            self._fill()
            if self.closed:
                raise EOFError("no settings came")
        line, self._unread = self._unread.split(b"\n", 1)
        os.set_blocking(STDIN, False)
        return line

    def commands(self) -> list[Command]:
        """All commands that have arrived in full. Sets `closed` when the test has closed the line or is gone."""
        self._fill()
        *lines, self._unread = self._unread.split(b"\n")
        parsed = [json.loads(line) for line in lines]
        return [Command(entry.pop("number"), entry.pop("do"), entry) for entry in parsed]

    def _fill(self) -> None:
        try:
            data = os.read(STDIN, 65536)
        except BlockingIOError:
            return
        self._unread += data
        self.closed = not data

    def answer(self, command: Command, **result: object) -> None:
        """Say that `command` was done, with what came of it."""
        self._write({"answer": command.number, "result": result})

    def refuse(self, command: Command, error: str) -> None:
        """Say that `command` could not be done, and why."""
        self._write({"answer": command.number, "error": error})

    def event(self, kind: str, **facts: object) -> None:
        """Report something that happened by itself or as a later consequence of a command."""
        self._write({"event": kind, **facts})

    def _write(self, message: dict[str, object]) -> None:
        try:
            self._out.write(json.dumps(message) + "\n")
        except BrokenPipeError:
            self.closed = True
