"""Two edges of one fleet in the public segment, with an rtpengine, and the phones that reach them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from local import media_relay
from local.child import module
from tests.background import in_background
from tests.edge_process import edge_settings
from tests.nat.network import EDGE, EDGES, Namespace, Network, network
from tests.nat.wire import wire_end
from tests.service import Service
from tests.transport.conftest import write_certificate
from tests.transport.peers import Peer
from tests.transport.transports import TRANSPORTS, trusting
from tests.transport.wire_phone import WirePhone
from tests.waiting import wait_until

SIP_PORT: Final = 5060
_PORTS: Final = {"SIP_PORT": SIP_PORT, "TLS_PORT": 5061, "WS_PORT": 5080, "FLEET_PORT": 5070}
_DIRECTORY_PORT: Final = 4566
_MEDIA_RELAY: Final = "127.0.0.1:2223"
_SECOND_MEDIA_RELAY: Final = "127.0.0.1:2224"
_ANY_HOST: Final = "0.0.0.0"


class PublicEdge(NamedTuple):
    """An edge at a public address. All edges have the same ports."""

    host: str
    log: Path

    def port(self, name: str = "SIP_PORT") -> int:
        """A port of its settings."""
        return _PORTS[name]

    def events(self) -> list[dict[str, Any]]:
        """The log so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


class Internet(NamedTuple):
    """The network, and the edges in its public segment."""

    network: Network
    edges: list[PublicEdge]

    def connect(self, host: str, transport: str, edge: int) -> Peer:
        """A new socket of a host that leads to an edge over a transport."""
        to = self.edges[edge]
        namespace = self.network.hosts[host]
        return namespace.make(lambda: TRANSPORTS[transport](to, to.host, trusting(), source=_ANY_HOST))

    def move(self, phone: WirePhone, edge: int) -> None:
        """Cut a mobile phone's Wi-Fi, and let the phone register over its cellular network at an edge."""
        self.network.cut_wifi()
        phone.peer = self.connect("mobile", phone.transport, edge)
        assert phone.register().status == 200


@contextmanager
def internet_of(service: Service, folder: Path) -> Iterator[Internet]:
    """The network with running edges on the tables of a service."""
    port = urlsplit(service.endpoint).port
    assert port
    write_certificate(folder)
    with network() as made, in_background(wire_end(folder / "wire", port)), ExitStack() as running:
        wan = made.hosts["wan"]
        edges = [PublicEdge(host, folder / f"edge-{host}.log") for host in EDGES]
        commands = {
            "wire": (*module("tests.nat.wire"), str(_DIRECTORY_PORT), str(folder / "wire")),
            "rtpengine": media_relay.command(_MEDIA_RELAY, EDGE),
        }
        for name, command in commands.items():
            running.callback(_end, wan.start(command, {}, folder / f"{name}.log"))
        for edge in edges:
            settings = _settings(
                service, folder, SIP_HOST=edge.host, ADVERTISED_HOST=edge.host, FLEET_ADDRESS=edge.host
            )
            running.callback(_end, wan.start(module("sip_edge"), settings, edge.log))
        for edge in edges:
            _wait_for_line(edge.log, "listening")
        _wait_for_line(folder / "rtpengine.log", media_relay.STARTED)
        yield Internet(made, edges)


@contextmanager
def edge_of_both_families(service: Service, wan: Namespace, folder: Path, hosts: Sequence[str]) -> Iterator[None]:
    """One more edge, at an IPv4 and an IPv6 address, with an rtpengine of its own. It is in no fleet."""
    listening = ",".join(hosts)
    own = {"SIP_HOST": listening, "ADVERTISED_HOST": listening, "RTPENGINES": _SECOND_MEDIA_RELAY}
    without = dict.fromkeys(("FLEET_PORT", "TLS_PORT", "TLS_CERTIFICATE_FILE", "TLS_KEY_FILE"), "")
    edge, relay = folder / "edge-of-both.log", folder / "rtpengine-of-both.log"
    with ExitStack() as running:
        running.callback(_end, wan.start(module("sip_edge"), _settings(service, folder, **own, **without), edge))
        running.callback(_end, wan.start(media_relay.command(_SECOND_MEDIA_RELAY, *hosts), {}, relay))
        _wait_for_line(edge, "listening")
        _wait_for_line(relay, media_relay.STARTED)
        yield


def _settings(service: Service, folder: Path, **own: str) -> dict[str, str]:
    common = {
        "RTPENGINES": _MEDIA_RELAY,
        "TLS_CERTIFICATE_FILE": str(folder / "certificate.pem"),
        "TLS_KEY_FILE": str(folder / "key.pem"),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{_DIRECTORY_PORT}",
        **{name: str(port) for name, port in _PORTS.items()},
    }
    return edge_settings(service, **common | own)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(20)


def _wait_for_line(log: Path, text: str) -> None:
    wait_until(lambda: text in log.read_text(), f"{text!r} is logged", 60, log.read_text)
