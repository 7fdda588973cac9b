"""The media relay's image keeps an rtpengine running, and lets its calls end before it does.

It runs as in the task: as the image's user, without capabilities, on a root that is read-only.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import randrange
from typing import Any, Final

import pytest

from tests.image.container import Container
from tests.media import dockerfile
from tests.media.relay import ask
from tests.waiting import wait_until

OFFER: Final = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
_MINUTE_S: Final = 60


class Relay:
    """The image's container, as it runs."""

    def __init__(self, container: Container, log: Path, **settings: str) -> None:
        own = f"127.66.{randrange(256)}.{randrange(1, 255)}"
        self._container = container
        self._settings = {
            "OWN_ADDRESS": own,
            "PUBLIC_ADDRESS": "192.0.2.9",
            "NG_PORT": "2223",
            "FIRST_PORT": "24000",
            "LAST_PORT": "24099",
            "MOST_CALLS": "1",
            "LAST_CALLS": "60",
            **settings,
        }
        self.address = f"{own}:2223"
        self.log = log
        with log.open("wb") as output:
            self.process = container.start(dockerfile.ENTRYPOINT, self._settings, output)

    def is_well(self) -> bool:
        """The answer of the image's health check."""
        return self._container.run(dockerfile.HEALTH_QUESTION, self._settings)[0] == 0

    def wait_well(self) -> None:
        wait_until(self.is_well, "the relay is well", _MINUTE_S, self.log.read_text)

    def engines(self) -> list[int]:
        """The processes of rtpengine in the container."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children if Path(f"/proc/{child}/comm").read_text() == "rtpengine\n"]

    def others(self, engine: int) -> set[int]:
        """The processes of rtpengine beside one that is gone."""
        return set(self.engines()) - {engine}

    def begin_call(self, name: str, **more: str) -> Any:
        """The reply to a call's offer."""
        return ask(self.address, {"command": "offer", "call-id": name, "from-tag": "a", "sdp": OFFER, **more})

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Container:
    folders = dockerfile.carry_out(tmp_path_factory.mktemp("image"))
    return Container(tmp_path_factory.mktemp("root"), folders, dockerfile.USER)


@pytest.fixture
def relay(container: Container, tmp_path: Path) -> Iterator[Relay]:
    running = Relay(container, tmp_path / "log")
    yield running
    running.end()


def test_it_lets_its_calls_end(relay: Relay) -> None:
    relay.wait_well()
    assert b"c=IN IP4 192.0.2.9\r\n" in relay.begin_call("one")["sdp"]
    assert relay.begin_call("two")["error-reason"] == b"Parallel session limit reached"
    relay.process.terminate()
    assert relay.is_well(), "it still has a call"
    assert ask(relay.address, {"command": "delete", "call-id": "one", "delete-delay": 0})["result"] == b"ok"
    assert relay.process.wait(20) == 0


def test_it_relays_between_ipv4_and_ipv6(container: Container, tmp_path: Path) -> None:
    relay = Relay(container, tmp_path / "log", DUAL_STACK="yes", OWN_ADDRESS6="::1")
    try:
        relay.wait_well()
        assert b"c=IN IP6 ::1\r\n" in relay.begin_call("one", **{"address-family": "IP6"})["sdp"]
    finally:
        relay.end()


def test_it_runs_as_in_the_task(relay: Relay) -> None:
    relay.wait_well()
    (engine,) = relay.engines()
    status = Path(f"/proc/{engine}/status").read_text()
    told = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert told["Uid"].split() == ["65534"] * 4
    assert [told[name] for name in ("CapEff", "CapPrm", "CapBnd")] == ["0" * 16] * 3


def _kill(engine: int) -> None:
    os.kill(engine, signal.SIGKILL)


def _hang(engine: int) -> None:
    os.kill(engine, signal.SIGSTOP)


@pytest.mark.parametrize("harm", [_kill, _hang])
def test_it_is_back_within_a_minute_each_time(relay: Relay, harm: Callable[[int], None]) -> None:
    """Twice within a minute: after the second time ECS would leave a container alone."""
    for _ in range(2):
        relay.wait_well()
        (engine,) = relay.engines()
        harm(engine)
        found = wait_until(partial(relay.others, engine), "another rtpengine", _MINUTE_S)
        assert len(found) == 1
    relay.wait_well()
    assert b"c=IN IP4 192.0.2.9\r\n" in relay.begin_call("one")["sdp"]
    assert relay.process.poll() is None


@pytest.mark.parametrize("harm", [_kill, _hang])
def test_it_ends_when_it_is_told_to_and_its_rtpengine_is_gone(relay: Relay, harm: Callable[[int], None]) -> None:
    relay.wait_well()
    relay.begin_call("one")
    (engine,) = relay.engines()
    harm(engine)
    relay.process.terminate()
    with suppress(subprocess.TimeoutExpired):
        relay.process.wait(_MINUTE_S)
    assert relay.process.poll() == 0, relay.log.read_text()
