"""A server opens everything in order, and closes in reverse what it has opened, also when its start fails."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import closing, suppress
from pathlib import Path

import pytest

from directory.edge.roster import Roster
from sip_edge.process import server
from sip_edge.process.server import Server
from sip_edge.settings import Settings
from tests.ports import free_port
from tests.sip_edge.process.test_start import WHOLE
from tests.sip_edge.transport.listener import run, until


@pytest.fixture
def roster(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The edges in a roster that needs no DynamoDB."""
    entered: set[str] = set()

    def enter(_: Roster, edge: str, now: float) -> list[str]:
        entered.add(edge)
        return []

    monkeypatch.setattr(Roster, "enter", enter)
    monkeypatch.setattr(Roster, "leave", lambda _, edge: entered.remove(edge))
    return entered


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(server, "settle_memory", lambda: None)  # the memory is that of the tests


def settings(**others: object) -> Settings:
    values = {
        **{name.lower(): value for name, value in WHOLE.items() if name in ("BASE_DOMAIN", "SIP_SECRET")},
        **dict.fromkeys(("sip_host", "advertised_host", "fleet_address"), "127.0.0.1"),
        **{name: free_port() for name in ("sip_port", "ws_port", "fleet_port", "health_port")},
        "drain_seconds": 0,
    }
    return Settings(**values | others)  # type: ignore[arg-type]


def sockets() -> set[str]:
    """The sockets that this process has open, those of event loops aside."""
    links = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            links.add(str(descriptor.readlink()))
    return {link for link in links if link.startswith("socket:")}


async def serve(wanted: Settings) -> None:
    await Server(wanted, asyncio.get_running_loop()).run()


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        (socket.SOCK_DGRAM, "fleet_port"),
        (socket.SOCK_DGRAM, "sip_port"),
        (socket.SOCK_STREAM, "sip_port"),
        (socket.SOCK_STREAM, "ws_port"),
        (socket.SOCK_STREAM, "health_port"),
    ],
)
def test_a_start_that_fails_half_way_leaves_nothing_open(kind: int, taken: str, roster: set[str]) -> None:
    wanted = settings()

    async def test() -> None:
        before, tasks = sockets(), asyncio.all_tasks()
        with closing(socket.socket(socket.AF_INET, kind)) as other:
            other.bind(("127.0.0.1", getattr(wanted, taken)))
            if kind == socket.SOCK_STREAM:
                other.listen()
            with pytest.raises(OSError):
                await serve(wanted)
        await until(lambda: sockets() <= before, "all sockets are closed")
        assert asyncio.all_tasks() == tasks

    run(test())
    assert not roster


def test_a_server_that_has_ended_leaves_nothing_open(roster: set[str]) -> None:
    wanted = settings()

    async def test() -> None:
        before, tasks = sockets(), asyncio.all_tasks()
        serving = asyncio.create_task(serve(wanted))
        await until(lambda: roster and is_taken(wanted.health_port), "it listens")
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
        await until(lambda: sockets() <= before, "all sockets are closed")
        assert asyncio.all_tasks() == tasks

    run(test())
    assert not roster


def is_taken(port: int | None) -> bool:
    assert port
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
