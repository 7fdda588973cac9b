"""An unknown customer, an unknown username and a wrong password are alike in bytes and in costly steps."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from sip_edge.auth import digest as digests
from tests.sip_edge.caller import Caller
from tests.sip_edge.rig import BASE, DOMAIN, PASSWORD, FakeFlow, Phone, Rig, digest

Ask = Callable[[Rig, str, str, str], list[bytes]]
WRONG = "wrong wrong wrong"
CASES = {
    "wrong password": ("alice", DOMAIN, WRONG),
    "unknown username": ("nobod", DOMAIN, WRONG),
    "unknown username with somebody's password": ("nobod", DOMAIN, PASSWORD),
    "unknown customer": ("alice", f"zzzzzz-zzzzzz.registrar.{BASE}", WRONG),
}


class Steps:
    """The cost of an answer: reads and writes of the directory, digests, transactions."""

    def __init__(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        self._rig = rig
        self._digests = 0
        real = digests._md5

        def counted(text: str) -> str:
            self._digests += 1
            return real(text)

        monkeypatch.setattr(digests, "_md5", counted)

    def now(self) -> tuple[int, ...]:
        return (self._rig.store.reads, self._rig.store.writes, self._digests, len(self._rig.edge._transactions))


def register(rig: Rig, username: str, domain: str, password: str) -> list[bytes]:
    phone = Phone(rig, username, FakeFlow("203.0.113.50", 5060), password)
    phone.call_id = "call"
    to = f"sip:{username}@{domain}"
    answers = []
    rig.receive(phone.flow, phone.register_text(to=to))
    challenge = phone.flow.sent[0].decode().partition("WWW-Authenticate: ")[2].partition("\r\n")[0]
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge), to=to))
    answers += phone.flow.sent
    return answers


def call(rig: Rig, username: str, domain: str, password: str) -> list[bytes]:
    caller, uri = Caller(rig, f"sip:{username}@{domain}", FakeFlow("203.0.113.50", 5060)), f"sip:bob@{DOMAIN}"
    caller.call_id = "call"
    caller.send("INVITE", uri)
    challenge = caller.flow.sent[0].decode().partition("Proxy-Authenticate: ")[2].partition("\r\n")[0]
    caller.send("INVITE", uri, f"Proxy-Authorization: {digest(challenge, 'INVITE', uri, username, password)}")
    return caller.flow.sent


def alike(answers: list[bytes], username: str, domain: str) -> list[bytes]:
    """The answers without what the request itself said, and without nonces, tags and branches."""
    own = re.compile(rb'nonce="\w+"|tag=\w{16}|branch=\w+|' + re.escape(f"{username}@{domain}".encode()) + rb"|f\w+")
    return [own.sub(b"*", answer) for answer in answers]


@pytest.mark.parametrize("ask", [register, call])
@pytest.mark.parametrize("remembered", [False, True], ids=["new", "remembered"])
def test_all_refusals_are_alike(monkeypatch: pytest.MonkeyPatch, remembered: bool, ask: Ask) -> None:
    said, cost = set(), set()
    for username, domain, password in CASES.values():
        rig = Rig()
        rig.add_extension("alice")
        if remembered:
            assert Phone(rig, "alice").register().status == 200
        steps = Steps(rig, monkeypatch)
        before = steps.now()
        answers = ask(rig, username, domain, password)
        cost.add(tuple(b - a for a, b in zip(before, steps.now(), strict=True)))
        said.add(tuple(alike(answers, username, domain)))
        monkeypatch.undo()
    assert len(said) == 1
    assert len(cost) == 1
    assert cost.pop()[0] == 1  # one read, whoever it is


def test_limits_are_the_same_for_all() -> None:
    """When the guesses end tells nothing either."""
    ends = set()
    for username, domain, password in CASES.values():
        rig = Rig()
        rig.add_extension("alice")
        answered = [len(register(rig, username, domain, password)) for _ in range(20)]
        ends.add(tuple(answered))
    assert len(ends) == 1
    assert 1 in ends.pop()
