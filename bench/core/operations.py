"""The operations, each as stages of messages that come to the edge.

A stage is made from what the edge has sent in the stages before it. Making it is not the edge's work and not measured,
and neither is the look at the last answer: an operation that fails is not cheap, it is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bench.core.phone import CUSTOMER, DOMAIN, Callee, Caller, Phone
from bench.core.rig import BASE, Rig, Wire
from directory.model import aor

Stage = list[tuple[bytes, Wire]]
Operation = Callable[["Population"], Iterator[Stage]]
_START: Final = 1_700_000_000.0


class Population:
    """An edge with `size` extensions that are called, as many that call, and as many callers outside."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.rig = rig = Rig(_START)
        each = range(size)
        self.callees = [Callee(f"callee{i}", DOMAIN, rig.wire("198.51.100.1", 1024 + i), f"pass{i}") for i in each]
        self.callers = [Caller(f"caller{i}", DOMAIN, rig.wire("198.51.100.2", 1024 + i), f"pass{i}") for i in each]
        self.strangers = [Caller(f"c{i}", "outside.example", rig.wire("203.0.113.5", 1024 + i)) for i in each]
        for phone in (*self.callees, *self.callers):
            address = phone.address()
            rig.rows.addresses[address.aor] = address
        rig.rows.hashes = {f"{i:012x}": aor(f"callee{i}", CUSTOMER) for i in each}


def registration(people: Population) -> Iterator[Stage]:
    """REGISTER, challenge, REGISTER with credentials, 200."""
    yield [(phone.register(), phone.wire) for phone in people.callees]
    yield from refresh(people)


def refresh(people: Population) -> Iterator[Stage]:
    """REGISTER with the nonce of a registration before, 200."""
    yield [(phone.register_again(), phone.wire) for phone in people.callees]
    _expect_ok(people.callees)


def call(people: Population) -> Iterator[Stage]:
    """INVITE, 100, 180, 200, ACK, BYE, 200, from outside to an extension's address."""
    for caller, callee in zip(people.strangers, people.callees, strict=True):
        caller.begin(callee.uri)
    yield [(caller.invite(), caller.wire) for caller in people.strangers]
    yield from _conversation(people.strangers, people.callees)


def direct_call(people: Population) -> Iterator[Stage]:
    """The same to a direct address."""
    for i, caller in enumerate(people.strangers):
        caller.begin(f"sip:direct.{i:012x}@sip.{BASE}")
    yield [(caller.invite(), caller.wire) for caller in people.strangers]
    yield from _conversation(people.strangers, people.callees)


def proved_call(people: Population) -> Iterator[Stage]:
    """The same from an extension, which is challenged first: INVITE, 407, ACK, INVITE with credentials."""
    for caller, callee in zip(people.callers, people.callees, strict=True):
        caller.begin(callee.uri)
    yield [(caller.invite(), caller.wire) for caller in people.callers]
    yield [(caller.acknowledge_refusal(), caller.wire) for caller in people.callers]
    yield [(caller.invite_again(), caller.wire) for caller in people.callers]
    yield from _conversation(people.callers, people.callees)


def _conversation(callers: list[Caller], callees: list[Callee]) -> Iterator[Stage]:
    yield [(callee.answer("180 Ringing"), callee.wire) for callee in callees]
    yield [(callee.answer("200 OK", body=True), callee.wire) for callee in callees]
    yield [(caller.acknowledge(), caller.wire) for caller in callers]
    yield [(caller.hang_up(), caller.wire) for caller in callers]
    yield [(callee.answer("200 OK"), callee.wire) for callee in callees]
    _expect_ok(callers)


def _expect_ok(phones: Sequence[Phone]) -> None:
    for phone in phones:
        answer = phone.wire.last.partition(b"\r\n")[0]
        if answer != b"SIP/2.0 200 OK":
            raise AssertionError(f"{phone.uri} got {answer!r}")


ALL: Final[tuple[Operation, ...]] = (registration, refresh, call, direct_call, proved_call)
