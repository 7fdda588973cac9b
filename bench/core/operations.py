"""The operations, each as stages of messages that come to the edge.

A stage is made from what the edge has sent in the stages before it. Making it is not the edge's work and not measured.
Neither is the look at the last answer: an operation that fails is not cheap, but broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bench.core.phone import CUSTOMER, DOMAIN, Callee, Caller, Phone
from bench.core.rig import BASE, Rig, Wire
from directory.schema.model import aor

Stage = list[tuple[bytes, Wire]]
Operation = Callable[["Group"], Iterator[Stage]]


class Group:
    """Extensions that are called, as many that call, and as many callers outside."""

    def __init__(self, rig: Rig, numbers: range) -> None:
        self.rig = rig
        self.callees = [Callee(f"callee{i}", DOMAIN, rig.wire("198.51.100.1", 1024 + i), f"pass{i}") for i in numbers]
        self.callers = [Caller(f"caller{i}", DOMAIN, rig.wire("198.51.100.2", 1024 + i), f"pass{i}") for i in numbers]
        self.strangers = [Caller(f"c{i}", "outside.example", rig.wire("203.0.113.5", 1024 + i)) for i in numbers]
        self.hashes = [f"{i:012x}" for i in numbers]
        for phone in (*self.callees, *self.callers):
            address = phone.address()
            rig.rows.addresses[address.aor] = address
        rig.rows.hashes |= {hash_: aor(f"callee{i}", CUSTOMER) for i, hash_ in zip(numbers, self.hashes, strict=True)}


def registration(group: Group) -> Iterator[Stage]:
    """REGISTER, challenge, REGISTER with credentials, 200."""
    yield [(phone.register(), phone.wire) for phone in group.callees]
    yield from refresh(group)


def refresh(group: Group) -> Iterator[Stage]:
    """REGISTER with the nonce of a registration before, 200."""
    yield [(phone.register_again(), phone.wire) for phone in group.callees]
    _expect_ok(group.callees)


def call(group: Group) -> Iterator[Stage]:
    """INVITE, 100, 180, 200, ACK, BYE, 200, from outside to an extension's address."""
    for caller, callee in zip(group.strangers, group.callees, strict=True):
        caller.begin(callee.uri)
    yield [(caller.invite(), caller.wire) for caller in group.strangers]
    yield from _conversation(group.strangers, group.callees)


def direct_call(group: Group) -> Iterator[Stage]:
    """The same to a direct address."""
    for caller, hash_ in zip(group.strangers, group.hashes, strict=True):
        caller.begin(f"sip:direct.{hash_}@sip.{BASE}")
    yield [(caller.invite(), caller.wire) for caller in group.strangers]
    yield from _conversation(group.strangers, group.callees)


def proved_call(group: Group) -> Iterator[Stage]:
    """The same from an extension, which is challenged first: INVITE, 407, ACK, INVITE with credentials."""
    for caller, callee in zip(group.callers, group.callees, strict=True):
        caller.begin(callee.uri)
    yield [(caller.invite(), caller.wire) for caller in group.callers]
    yield [(caller.acknowledge_refusal(), caller.wire) for caller in group.callers]
    yield [(caller.invite_again(), caller.wire) for caller in group.callers]
    yield from _conversation(group.callers, group.callees)


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
