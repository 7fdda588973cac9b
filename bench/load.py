"""A load: SIPp playing one scenario at a rate."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Final

from bench.places import (
    CALLEE,
    CALLEE_PORT,
    CALLER,
    DIRECT_DOMAIN,
    DOMAIN,
    OTHER_CORES,
    SERVER,
    SIP_PORT,
    direct_hash,
    password,
    username,
)
from bench.process import Process

_GRACE_S: Final = 15


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a load. `rate` is operations per second, `latencies` are in milliseconds."""

    completed: int
    failed: int
    repeated: int
    rate: float
    latencies: list[float]

    def is_clean(self, offered: float) -> bool:
        """Whether everything went well at the rate that was offered, and nothing had to be said twice."""
        return not self.failed and not self.repeated and self.rate >= 0.97 * offered

    def percentile(self, of_100: int) -> float:
        """A percentile of the latencies in milliseconds."""
        return quantiles(self.latencies, n=100)[of_100 - 1]


class Sipp:
    """Plays scenarios, keeping its files in `folder`. `users` are the numbers of the users that take part."""

    def __init__(self, folder: Path, users: range) -> None:
        self._folder = folder
        self._users = users
        self._serial = 0

    def register(self, scenario: str, rate: float, seconds: float) -> Outcome:
        """Play a scenario from the address at which the users are called later."""
        return self._play(scenario, rate, seconds, CALLEE, CALLEE_PORT, _own_address)

    def call(self, scenario: str, rate: float, seconds: float, hold_ms: int = 200, direct: bool = False) -> Outcome:
        """Play a scenario from another address."""
        to = _direct_address if direct else _own_address
        return self._play(scenario, rate, seconds, CALLER, CALLEE_PORT, to, hold_ms)

    def callee(self, scenario: str) -> Process:
        """The users' phone."""
        command = self._command(scenario, CALLEE, CALLEE_PORT)
        return Process(command, OTHER_CORES, self._folder / "callee.log")

    def _play(
        self,
        scenario: str,
        rate: float,
        seconds: float,
        host: str,
        port: int,
        address: Callable[[int], str],
        hold_ms: int = 0,
    ) -> Outcome:
        statistics = self._file("statistics.csv")
        count = int(rate * seconds)
        command = (
            *self._command(scenario, host, port),
            *("-inf", str(self._users_file(address)), "-r", str(rate), "-m", str(count), "-d", str(hold_ms)),
            *("-l", str(int(max(2000, rate * 4))), "-timeout", f"{int(seconds + _GRACE_S)}s", "-recv_timeout", "8000"),
            *("-trace_stat", "-stf", str(statistics), "-fd", "1", "-trace_rtt", "-rtt_freq", "50"),
            f"{SERVER}:{SIP_PORT}",
        )
        log = self._file("sipp.log")
        with Process(command, OTHER_CORES, log, folder=self._folder) as sipp:
            sipp.wait(seconds + 2 * _GRACE_S)
        return _outcome(statistics, self._times(sipp.pid), hold_ms / 1000)

    def _command(self, scenario: str, host: str, port: int) -> tuple[str, ...]:
        path = self._file("scenario.xml")
        path.write_text(scenario)
        fixed = ("-nostdin", "-buff_size", "4000000", "-default_behaviors", "all,-bye")
        return ("sipp", "-sf", str(path), "-i", host, "-p", str(port), *fixed)

    def _users_file(self, address: Callable[[int], str]) -> Path:
        path = self._file("users.csv")
        numbers = list(self._users)
        Random(1).shuffle(numbers)  # noqa: S311  (for an even mixture, not for a secret)
        rows = [
            f"{username(i)};[authentication username={username(i)} password={password(i)}];{address(i)}"
            for i in numbers
        ]
        path.write_text("\n".join(["SEQUENTIAL", *rows, ""]))
        return path

    def _times(self, pid: int) -> list[float]:
        """SIPp names this file itself."""
        found: list[float] = []
        for path in self._folder.glob(f"*_{pid}_rtt.csv"):
            with path.open() as file:
                found += [float(row["response_time_ms"]) for row in csv.DictReader(file, delimiter=";")]
        return found

    def _file(self, name: str) -> Path:
        self._serial += 1
        return self._folder / f"{self._serial}-{name}"


def _own_address(number: int) -> str:
    return f"sip:{username(number)}@{DOMAIN}"


def _direct_address(number: int) -> str:
    return f"sip:direct.{direct_hash(number)}@{DIRECT_DOMAIN}"


def _outcome(statistics: Path, latencies: list[float], hold_s: float) -> Outcome:
    with statistics.open() as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    begun, ended = (float(last[name].split("\t")[2]) for name in ("StartTime", "CurrentTime"))
    completed = int(last["SuccessfulCall(C)"])
    return Outcome(
        completed=completed,
        failed=int(last["FailedCall(C)"]),
        repeated=int(last["Retransmissions(C)"]),
        rate=completed / max(ended - begun - hold_s, 0.001),
        latencies=latencies,
    )
