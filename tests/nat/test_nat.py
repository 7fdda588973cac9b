"""Two phones behind two NATs, with the same private address at home, call each other through an edge in public.

They hear each other through the rtpengine beside it.
"""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from tests.agents.phone import Phone
from tests.agents.settings import Transport
from tests.calls.office import PASSWORD, Office
from tests.nat.internet import SIP_PORT, Internet
from tests.nat.network import EDGE, HOME, NAT_MEMORY_S
from tests.service import Service

LOW, HIGH = 440, 660


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_they_register_and_call_each_other(service: Service, internet: Internet, transport: Transport) -> None:
    with Office(service) as office, ExitStack() as phones:
        extensions = [office.extension() for _ in range(2)]
        alice, bob = (
            phones.enter_context(
                Phone(
                    "pjsua2",
                    extension["username"],
                    PASSWORD,
                    office.domain,
                    EDGE,
                    SIP_PORT,
                    transport,
                    local_host=HOME,
                    prefix=internet.network.hosts[f"home{number}"].prefix,
                    tone=tone,
                )
            )
            for number, (extension, tone) in enumerate(zip(extensions, (LOW, HIGH), strict=True), 1)
        )
        for number, (phone, extension) in enumerate(zip((alice, bob), extensions, strict=True), 1):
            phone.register()
            (device,) = office.devices(extension)
            assert device["source"].startswith(f"198.51.100.{10 + number}:")
        if transport == "udp":
            time.sleep(NAT_MEMORY_S + 5)  # without the edge's keepalives the NATs would have forgotten the phones
        for caller, callee in ((alice, bob), (bob, alice)):
            call = caller.call(callee.uri)
            incoming = callee.wait_incoming()
            call.wait_ringing()
            incoming.answer()
            call.wait_established()
            incoming.wait_established()
            call.wait_tone(HIGH if caller is alice else LOW)
            incoming.wait_tone(LOW if caller is alice else HIGH)
            incoming.hangup()
            assert call.wait_ended()[0] == 200
            assert incoming.wait_ended()[0] == 200
            call = caller.call(callee.uri)
            callee.wait_incoming()
            call.cancel()
            assert call.wait_ended()[0] == 487
