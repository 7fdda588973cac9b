"""Questions to the nameserver are few, also when it isn't well."""

from __future__ import annotations

import asyncio
import socket

import dns.resolver
import pytest
import uvloop

from sip_edge.resolver import questions, resolver
from sip_edge.resolver.questions import Questions
from tests.sip_edge.resolver.nameserver import LOOPBACK, Nameserver
from tests.sip_edge.resolver.rig import Located, resolving, with_zone

HOST = "@ A 192.0.2.1"
FOUND = ["UDP 192.0.2.1 5060"]


@pytest.fixture
def _asks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "_ATTEMPT_S", 1.0)


def test_an_answer_is_remembered() -> None:
    async def act(located: Located, nameserver: Nameserver) -> int:
        for _ in range(3):
            assert await located.texts("sip:example:5060") == FOUND
            assert await located.texts("sip:EXAMPLE.:5060") == FOUND
        return nameserver.count("example", "A")

    assert with_zone(HOST, act) == 1


def test_an_answer_is_remembered_no_longer_than_it_says() -> None:
    async def act(located: Located, nameserver: Nameserver) -> None:
        assert await located.texts("sip:short.example:5060") == FOUND
        assert await located.texts("sip:short.example:5060") == FOUND
        assert nameserver.count("short.example", "A") == 1
        nameserver.zone = "short 2 A 192.0.2.2"
        await asyncio.sleep(2.1)
        assert await located.texts("sip:short.example:5060") == ["UDP 192.0.2.2 5060"]
        assert nameserver.count("short.example", "A") == 2

    with_zone("short 2 A 192.0.2.1", act)


def test_a_ttl_of_0_holds_for_one_answer() -> None:
    async def act(located: Located, nameserver: Nameserver) -> int:
        for _ in range(3):
            assert await located.texts("sip:now.example:5060") == FOUND
        return nameserver.count("now.example", "A")

    assert with_zone("now 0 A 192.0.2.1", act) == 3


@pytest.mark.parametrize("zone", ["", "host TXT here"])
def test_absence_is_remembered_for_as_long_as_the_soa_says(zone: str) -> None:
    async def act(located: Located, nameserver: Nameserver) -> None:
        assert await located("sip:host.example:5060") == []
        nameserver.zone = "host A 192.0.2.1"
        assert await located("sip:host.example:5060") == []
        assert nameserver.count("host.example", "A") == 1
        await asyncio.sleep(2.1)
        assert await located.texts("sip:host.example:5060") == FOUND

    with_zone(zone, act, negative=2)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "_MOST_REMEMBERED", 4)

    async def act(located: Located, nameserver: Nameserver) -> int:
        await located("sip:example:5060")
        for n in range(5):
            await located(f"sip:h{n}.example:5060")
        await located("sip:example:5060")
        return nameserver.count("example", "A")

    assert with_zone(HOST, act) == 2


def test_the_same_question_is_under_way_once() -> None:
    async def act(located: Located, nameserver: Nameserver) -> None:
        nameserver.slow["example"] = 0.2
        found = await asyncio.gather(*(located.texts("sip:example:5060") for _ in range(50)))
        assert found == [FOUND] * 50
        assert nameserver.count("example", "A") == 1

    with_zone(HOST, act)


def test_questions_under_way_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "_MOST_UNDER_WAY", 10)

    async def act(located: Located, nameserver: Nameserver) -> None:
        nameserver.silent.update(f"h{n}.example" for n in range(100))
        pending = [asyncio.ensure_future(located(f"sip:h{n}.example:5060")) for n in range(100)]
        await asyncio.wait(pending[5:])
        while len(nameserver.asked) < 10:
            await asyncio.sleep(0.01)
        assert not any(future.done() for future in pending[:5])  # with two questions each
        assert len(nameserver.asked) == 10
        for future in pending:
            future.cancel()

    with_zone(HOST, act)


@pytest.mark.usefixtures("_asks_anew")
def test_a_slow_nameserver_keeps_nobody_else() -> None:
    async def act(located: Located, nameserver: Nameserver) -> None:
        nameserver.silent.add("slow.example")
        slow = asyncio.ensure_future(located.texts("sip:slow.example:5060"))
        assert await located.texts("sip:example:5060") == FOUND
        assert not slow.done()
        nameserver.silent.clear()
        assert await slow == ["UDP 192.0.2.3 5060"]

    with_zone(f"{HOST}\nslow A 192.0.2.3", act)


@pytest.mark.usefixtures("_asks_anew")
def test_the_next_nameserver_helps_out_when_one_is_dead_or_failing() -> None:
    async def run() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
            dead.bind((LOOPBACK, 0))
            async with (
                Nameserver(HOST, failing={"example"}).serving() as failing,
                Nameserver(HOST).serving() as well,
                resolving(failing.address, dead.getsockname(), well.address) as located,
            ):
                assert await located.texts("sip:example:5060") == FOUND
                assert failing.count("example", "A") == 1

    uvloop.run(run())


def test_a_failure_is_not_asked_again_at_once() -> None:
    async def act(located: Located, nameserver: Nameserver) -> None:
        nameserver.failing.add("example")
        assert await located("sip:example:5060") == []
        assert await located("sip:example:5060") == []
        assert nameserver.count("example", "A") == 1

    with_zone(HOST, act)


@pytest.mark.usefixtures("_asks_anew")
def test_a_lost_query_is_asked_again() -> None:
    async def act(located: Located, nameserver: Nameserver) -> None:
        nameserver.silent.add("example")
        found = asyncio.ensure_future(located.texts("sip:example:5060"))
        while not nameserver.count("example", "A"):
            await asyncio.sleep(0.01)
        nameserver.silent.clear()
        assert await found == FOUND
        assert nameserver.count("example", "A") == 2

    with_zone(HOST, act)


def test_a_dead_nameserver_ends_a_look_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "_LONGEST_S", 0.5)

    async def run() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
            dead.bind((LOOPBACK, 0))
            async with resolving(dead.getsockname()) as located, asyncio.timeout(20):  # its questions take 30
                assert await located("sip:example") == []

    uvloop.run(run())


def test_a_target_without_answer_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "_QUESTION_S", 2.0)
    zone = """
    _sip._udp SRV 1 0 5060 silent
    _sip._udp SRV 2 0 5060 @
    silent A 192.0.2.9
    """

    async def act(located: Located, nameserver: Nameserver) -> None:
        nameserver.silent.add("silent.example")
        assert await located.texts("sip:example;transport=udp") == FOUND

    with_zone(zone + HOST, act)


def test_closing_ends_what_is_under_way() -> None:
    async def run() -> None:
        async with Nameserver(HOST, silent={"example"}).serving() as nameserver:
            async with resolving(nameserver.address) as located:
                pending = asyncio.ensure_future(located("sip:example"))
                await asyncio.sleep(0.1)
            assert not pending.done()
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    uvloop.run(run())


def test_the_systems_nameservers_are_taken_when_none_is_named() -> None:
    try:
        system = [str(address) for address in dns.resolver.Resolver().nameservers]
    except dns.resolver.NoResolverConfiguration:
        system = ["127.0.0.1"]

    async def run() -> list[str]:
        taken = Questions(asyncio.get_running_loop(), None)._resolver.nameservers
        return [str(nameserver) for nameserver in taken]

    assert uvloop.run(run()) == [f"Do53:{address}@53" for address in system]
