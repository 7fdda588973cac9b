"""An edge tells its version at /health, and in the responses that it makes with a transaction."""

from __future__ import annotations

import asyncio

import pytest

from directory.version import VERSION
from sip_edge.message.message import Response
from sip_edge.process.health import Health
from tests.ports import free_port
from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import BASE, DOMAIN, FakeFlow, Phone, Rig

SERVER = f"sip-extensions/{VERSION}"


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice")
    rig.add_extension("bob")
    return rig


def test_a_registration_tells_it(rig: Rig) -> None:
    assert Phone(rig, "alice").register().get("server") == SERVER


def test_a_refused_device_learns_it(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    rig.receive(phone.flow, phone.register_text(phone.credentials(phone.challenge()), "Expires: 1"))
    assert told(phone.flow) == [(423, SERVER)]


def test_options_to_the_edge_tell_it(rig: Rig) -> None:
    caller = Caller(rig)
    caller.send("OPTIONS", f"sip:{BASE}")
    assert told(caller.flow) == [(200, SERVER)]


def test_a_call_to_an_extension_without_a_device_tells_it_once_it_fails(rig: Rig) -> None:
    caller = Caller(rig)
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    assert told(caller.flow) == [(100, ""), (480, SERVER)]


def test_a_callee_speaks_for_itself(rig: Rig) -> None:
    bob = Phone(rig, "bob")
    bob.register()
    caller = Caller(rig)
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    rig.receive(bob.flow, answer(bob.flow.take_request(), "486 Busy Here", "Server: Bob/1"))
    assert told(caller.flow) == [(100, ""), (486, "Bob/1")]


def test_challenges_and_refusals_without_state_stay_small(rig: Rig) -> None:
    phone, caller = Phone(rig, "alice"), Caller(rig)
    rig.receive(phone.flow, phone.register_text())
    assert told(phone.flow) == [(407, "")]
    caller.send("INFO", f"sip:{BASE}")
    assert told(caller.flow) == [(405, "")]


@pytest.mark.parametrize(
    ("takes_flows", "status", "body"), [(True, "200", f"ready {VERSION}"), (False, "503", f"draining {VERSION}")]
)
def test_health_tells_it(takes_flows: bool, status: str, body: str) -> None:
    answered = asyncio.run(ask_health(takes_flows))
    assert answered.split()[1] == status
    assert answered.endswith(f"\r\n\r\n{body}\n")


def told(flow: FakeFlow) -> list[tuple[int, str]]:
    """The status and the Server of each response that a flow has got."""
    return [(r.status, r.get("server") or "") for r in flow.take() if isinstance(r, Response)]


async def ask_health(takes_flows: bool) -> str:
    health, port = Health(), free_port()
    health.takes_flows = takes_flows
    await health.open("127.0.0.1", port)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /health HTTP/1.1\r\nHost: edge\r\n\r\n")
        async with asyncio.timeout(10):
            answered = (await reader.read()).decode()
        writer.close()
        return answered
    finally:
        health.close()
