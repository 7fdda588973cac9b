"""The test's end of the line to an agent: its process, its answers, its events and its log."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from tests.priority import prefer

from .settings import Kind, PhoneSettings

Message = dict[str, Any]
T = TypeVar("T")

PATIENCE_SECONDS = 40.0
"""The wait for an event that comes at once, unless all processors are busy or the machine stops for a moment."""

STOP_SECONDS = 3.0
LAST_WORDS_SECONDS = 0.5
LOG_LINES = 4000
"""Log lines kept of each agent; about a hundred SIP messages with what is said around them."""


class PhoneError(AssertionError):
    """A phone did not do what the test expected. The message has the agent's last log lines."""


class PhoneTimeoutError(PhoneError):
    """An expected event did not happen in time."""


class AgentProcess:
    """One agent in a subprocess. `on_event` sees each event, in order, in the reader thread with `changed` held."""

    def __init__(
        self,
        kind: Kind,
        settings: PhoneSettings,
        name: str,
        on_event: Callable[[Message], None],
        prefix: Sequence[str],
    ) -> None:
        self.name = name
        self.changed = threading.Condition()
        self._kind = kind
        self._prefix = prefix
        self._settings = settings
        self._on_event = on_event
        self._answers: dict[int, Message] = {}
        self._numbers = 0
        self._ready = False
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._process: subprocess.Popen[bytes] | None = None
        self._readers: list[threading.Thread] = []
        self._log_reader: threading.Thread | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    def start(self) -> None:
        """Start the agent and wait until it can take commands. Raises PhoneTimeoutError or PhoneError."""
        package = __name__.rpartition(".")[0]
        top = Path(__file__).resolve().parents[package.count(".") + 1]
        command = [*self._prefix, sys.executable, "-m", f"{package}.{self._kind.replace('-', '_')}_agent"]
        # The stacks keep scratch files, which nobody would remove after a kill if they were not all in here.
        self._scratch = tempfile.TemporaryDirectory(prefix="phone-")
        self._process = subprocess.Popen(
            command,
            cwd=top,
            env={**os.environ, "TMPDIR": self._scratch.name},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,  # so that the programs which some agents run can be ended with them
        )
        prefer(self._process.pid)
        for read in (self._read_messages, self._read_log):
            thread = threading.Thread(target=read, name=f"{self.name}-{read.__name__}", daemon=True)
            thread.start()
            self._readers.append(thread)
        self._log_reader = self._readers[-1]
        self._send(self._settings.to_json())
        self.wait(lambda: self._ready or None, PATIENCE_SECONDS, "the agent to start")

    @property
    def pid(self) -> int | None:
        """Process id of the agent; None before it was started."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def ask(self, do: str, *, timeout: float = PATIENCE_SECONDS, **args: object) -> Message:
        """Send a command and return its result. Raises PhoneError when the agent refuses it or is gone."""
        with self.changed:
            self._numbers += 1
            number = self._numbers
        self._send(json.dumps({"number": number, "do": do, **args}))
        answer = self.wait(lambda: self._answers.pop(number, None), timeout, f"the answer to {do!r}")
        if "error" in answer:
            raise PhoneError(self.explain(f"{do!r} failed: {answer['error']}"))
        result: Message = answer["result"]
        return result

    def wait(self, condition: Callable[[], T | None], timeout: float, what: str) -> T:
        """Wait up to `timeout` seconds until `condition` gives something other than None, and return that.

        Raises PhoneTimeoutError when time is up, PhoneError when the agent has died.
        """
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                found = condition()
                if found is not None:
                    return found
                if not self.alive:
                    raise PhoneError(self.explain(f"the agent died while waiting for {what}"))
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise PhoneTimeoutError(self.explain(f"waited {timeout:g} s for {what}"))
                self.changed.wait(remaining)

    def explain(self, problem: str) -> str:
        """`problem` with the phone's name before it and the end of the agent's log below it."""
        if self._log_reader is not None and not self.alive:
            # Its last words, which tell why it died, may still be on their way.
            self._log_reader.join(LAST_WORDS_SECONDS)
        return "\n".join([f"{self.name} ({self._kind}): {problem}", "--- agent log ---", *self._log])

    def log_lines(self) -> list[str]:
        """The last lines of the agent's log, oldest first; SIP messages are in it."""
        return list(self._log)

    def kill(self) -> None:
        """SIGKILL, now, with no goodbye on the wire; waits until the process is gone."""
        if self._process is not None:
            self._kill_group(self._process)
            self._process.wait()

    def signal(self, how: signal.Signals) -> None:
        """Send a signal to the agent and all that it has started."""
        assert self._process is not None
        os.killpg(self._process.pid, how)

    def close(self) -> None:
        """Let the agent hang up and unregister for a moment, then end its process in any case."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        # An agent that crashed leaves its programs behind; the group is its own, and its number is not given anew
        # while one of them lives.
        self._kill_group(process)
        process.wait()
        for thread in self._readers:
            thread.join(STOP_SECONDS)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    @staticmethod
    def _kill_group(process: subprocess.Popen[bytes]) -> None:
        """Kill the agent and all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def _send(self, line: str) -> None:
        if self._process is None or self._process.stdin is None:
            raise PhoneError(self.explain("the agent was not started"))
        try:
            # One write of a whole line, so that two test threads never mix theirs.
            os.write(self._process.stdin.fileno(), line.encode() + b"\n")
        except (BrokenPipeError, ValueError) as error:
            raise PhoneError(self.explain(f"the agent is gone: {error}")) from error

    def _read_messages(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        for line in self._process.stdout:
            if not line.endswith(b"\n"):
                break  # The agent was killed in the middle of a line.
            message: Message = json.loads(line)
            with self.changed:
                if "answer" in message:
                    self._answers[message["answer"]] = message
                elif message["event"] == "ready":
                    self._ready = True
                else:
                    self._on_event(message)
                self.changed.notify_all()
        self._process.wait()
        with self.changed:
            self.changed.notify_all()

    def _read_log(self) -> None:
        assert self._process is not None and self._process.stderr is not None
        for line in self._process.stderr:
            with self.changed:
                self._log.append(line.decode("utf-8", "replace").rstrip())
                self.changed.notify_all()
