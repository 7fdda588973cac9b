"""A phone without any IPv4 registers and has sound.

It reaches an IPv4 edge through a NAT64, and an edge with both families over IPv6.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sip_edge.message.message import Request
from tests.agents.phone import Phone
from tests.agents.settings import Transport
from tests.calls.office import PASSWORD, Office
from tests.nat.internet import SIP_PORT, Internet, edge_of_both_families
from tests.nat.ipv6_network import DUAL_STACK_EDGE, NAT64, PHONE6, ipv6_network, synthesized
from tests.nat.ipv6_sound import Ipv6Sound
from tests.nat.network import EDGE, HOME, Namespace
from tests.peers.endpoint import Endpoint
from tests.peers.wire_call import WireCall
from tests.peers.wire_callee import WireCallee
from tests.service import Service
from tests.transport.wire_phone import WirePhone

# In whole periods of a packet of 20 ms.
LOW, HIGH = 400, 950


@pytest.fixture(scope="module")
def host(service: Service, internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Namespace]:
    """The host of a phone without IPv4. Beside the edges on IPv4 alone there is one on both families."""
    folder = tmp_path_factory.mktemp("ipv6")
    wan = internet.network.hosts["wan"]
    with (
        ipv6_network(internet.network, folder) as phone,
        edge_of_both_families(service, wan, folder, DUAL_STACK_EDGE),
    ):
        yield phone


def desk_phone(office: Office, internet: Internet, extension: dict[str, Any], edge: str) -> Phone:
    """A phone on IPv4, at home behind a NAT."""
    prefix = internet.network.hosts["home1"].prefix
    username = extension["username"]
    return Phone(
        *("pjsua2", username, PASSWORD, office.domain, edge, SIP_PORT), local_host=HOME, prefix=prefix, tone=LOW
    )


def test_a_phone_behind_a_nat64_has_sound(service: Service, internet: Internet, host: Namespace) -> None:
    """The service has no IPv6. The phone synthesizes the addresses of edge and relay."""
    with Office(service) as office:
        mine, theirs = (office.extension(direct=True) for _ in range(2))
        endpoint = host.make(lambda: Endpoint((synthesized(EDGE), SIP_PORT), PHONE6))
        phone = WirePhone(office, mine["username"], endpoint, "UDP")
        phone.sent_by = endpoint.address
        phone.contact = f"sip:{mine['username']}@{endpoint.address}"
        assert phone.register().status == 200
        (device,) = office.devices(mine)
        assert device["source"].startswith(f"{NAT64}:")
        with (
            desk_phone(office, internet, theirs, EDGE) as desk,
            Ipv6Sound(host, HIGH, LOW) as sound,
        ):
            desk.register()
            call = WireCall(endpoint, f"sip:direct.{theirs['direct_hash']}@sip.{service.base}")
            desk.set_answer_mode("auto")
            answered = call.invite(body=sound.description())
            assert answered.status == 200
            sound.send_to(answered.body)
            incoming = desk.wait_incoming()
            incoming.wait_tone(HIGH)
            sound.wait_heard()
            call.finish()
            assert incoming.wait_ended()[0] == 200

        with (
            desk_phone(office, internet, theirs, EDGE) as desk,
            Ipv6Sound(host, HIGH, LOW) as sound,
        ):
            desk.register()
            callee = WireCallee(endpoint, desk.call(f"sip:{mine['username']}@{office.domain}"))
            invite = callee.take("INVITE")
            assert isinstance(invite, Request)
            sound.send_to(invite.body)
            callee.answer(invite, "200 OK", body=sound.description())
            callee.take("ACK")
            callee.call.wait_tone(HIGH)
            sound.wait_heard()
            callee.hang_up()
            assert callee.call.wait_ended()[0] == 200


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_phone_on_ipv6_alone_calls_one_on_ipv4(
    service: Service, internet: Internet, host: Namespace, transport: Transport
) -> None:
    """A baresip and a pjsua2. The edge and its relay have both families."""
    four, six = DUAL_STACK_EDGE
    with Office(service) as office:
        mine, theirs = (office.extension() for _ in range(2))
        way = (PASSWORD, office.domain, six, SIP_PORT, transport)
        prefix = host.prefix
        with (
            desk_phone(office, internet, theirs, four) as desk,
            Phone("baresip", mine["username"], *way, local_host=PHONE6, prefix=prefix, tone=HIGH) as phone,
        ):
            desk.register()
            phone.register()
            (device,) = office.devices(mine)
            assert device["source"].startswith(f"[{PHONE6}]:")
            for caller, callee in ((phone, desk), (desk, phone)):
                call = caller.call(callee.uri)
                incoming = callee.wait_incoming()
                call.wait_ringing()
                incoming.answer()
                call.wait_established()
                incoming.wait_established()
                call.wait_tone(LOW if caller is phone else HIGH)
                incoming.wait_tone(HIGH if caller is phone else LOW)
                call.hangup()
                assert call.wait_ended()[0] == 200
                assert incoming.wait_ended()[0] == 200
