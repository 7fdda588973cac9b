"""A real softphone changes its network in a call, as a mobile's system has it do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Literal

import pytest

from tests.agents.phone import Phone
from tests.calls.office import PASSWORD, Office
from tests.nat.internet import SIP_PORT, Internet
from tests.nat.network import EDGE, HOME
from tests.service import Service

LOW, HIGH = 440, 660


@pytest.fixture
def internet(internet: Internet) -> Iterator[Internet]:
    """The network, with its Wi-Fi again afterwards."""
    yield internet
    internet.network.restore_wifi()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_it_stays_in_its_call(service: Service, internet: Internet, transport: Literal["udp", "tcp"]) -> None:
    hosts = internet.network.hosts
    with Office(service) as office, ExitStack() as running:
        names = [office.extension()["username"] for _ in range(2)]
        mobile = Phone(
            "linphone",
            names[0],
            PASSWORD,
            office.domain,
            EDGE,
            SIP_PORT,
            transport,
            local_host="0.0.0.0",
            prefix=hosts["mobile"].prefix,
            tone=LOW,
        )
        home = Phone(
            "pjsua2",
            names[1],
            PASSWORD,
            office.domain,
            EDGE,
            SIP_PORT,
            "udp",
            local_host=HOME,
            prefix=hosts["home2"].prefix,
            tone=HIGH,
        )
        for phone in (mobile, home):
            running.enter_context(phone).register()
        incoming_to, call = mobile, home.call(mobile.uri)
        incoming = incoming_to.wait_incoming()
        incoming.answer()
        call.wait_established()
        call.wait_tone(LOW)
        incoming.wait_tone(HIGH)
        internet.network.cut_wifi()
        mobile.change_network()
        call.wait_tone(LOW)
        incoming.wait_tone(HIGH)
        call.hold()
        incoming.wait_held_by_peer()
        call.resume()
        incoming.wait_held_by_peer(False)
        call.hangup()
        assert incoming.wait_ended()[0] == 200
        assert call.wait_ended()[0] == 200
