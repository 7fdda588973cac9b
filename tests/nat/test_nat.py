"""Two phones behind two NATs, with the same private address at home, call each other through an edge in public.

They hear each other through the rtpengine beside it.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local import media_relay
from local.child import module
from tests.agents.phone import Phone
from tests.agents.settings import Transport
from tests.background import in_background
from tests.calls.office import PASSWORD, Office
from tests.edge_process import edge_settings
from tests.nat.network import EDGE, HOME, NAT_MEMORY_S, Network, network
from tests.nat.wire import wire_end
from tests.service import Service
from tests.waiting import wait_until

SIP_PORT = 5060
DIRECTORY_PORT = 4566
MEDIA_RELAY = "127.0.0.1:2223"
LOW, HIGH = 440, 660


@pytest.fixture(scope="module")
def internet(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The network, with an edge in its public part."""
    folder = tmp_path_factory.mktemp("nat")
    port = urlsplit(service.endpoint).port
    assert port
    with network() as made, in_background(wire_end(folder / "wire", port)), ExitStack() as running:
        wan = made.hosts["wan"]
        settings = edge_settings(
            service,
            SIP_HOST=EDGE,
            ADVERTISED_HOST=EDGE,
            SIP_PORT=str(SIP_PORT),
            RTPENGINES=MEDIA_RELAY,
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{DIRECTORY_PORT}",
        )
        for name, command in (
            ("wire", (*module("tests.nat.wire"), str(DIRECTORY_PORT), str(folder / "wire"))),
            ("edge", module("sip_edge")),
            ("rtpengine", media_relay.command(EDGE, MEDIA_RELAY)),
        ):
            running.callback(end, wan.start(command, settings, folder / f"{name}.log"))
        wait_for_line(folder / "edge.log", "listening")
        wait_for_line(folder / "rtpengine.log", media_relay.STARTED)
        yield made


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(20)


def wait_for_line(log: Path, text: str) -> None:
    wait_until(lambda: text in log.read_text(), f"{text!r} is logged", then_tell=log.read_text)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_they_register_and_call_each_other(service: Service, internet: Network, transport: Transport) -> None:
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
                    prefix=internet.hosts[f"home{number}"].prefix,
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
