"""Two edges of one fleet that push through the stand-ins, and a customer with push apps for its phones."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from tests.agents.phone import Phone
from tests.agents.settings import Kind, Transport
from tests.calls.office import PASSWORD, Office
from tests.edge_process import EdgeProcess
from tests.media.relay import media_relay
from tests.ports import free_port
from tests.push.providers import BUNDLE, NUMBER, TEAM, Providers
from tests.rest.client import Api
from tests.service import Service

HOSTS: Final = ("127.0.0.2", "127.0.0.3")


class PushedOffice:
    """A customer whose phones are at one of two edges. `start` starts an edge at an address."""

    def __init__(self, office: Office, providers: Providers, start: Callable[[str], EdgeProcess]) -> None:
        self.office = office
        self.providers = providers
        self._start = start
        self._edges = {host: start(host) for host in HOSTS}
        api = Api(office.service.api_url, office.customer_id, office.token)
        for app in (providers.apns_app, providers.fcm_app):
            assert api.call("POST", "/push-apps", json=app).status_code == 200

    def kill_edge(self, host: str) -> None:
        """The sudden death of an edge."""
        self._edges[host].signal(signal.SIGKILL)
        self._edges[host].wait_ended()

    def start_edge(self, host: str) -> None:
        """Start an edge at the address of one that was killed."""
        self._edges[host] = self._start(host)

    def address(self, host: str) -> tuple[str, int]:
        """The UDP and TCP address of an edge."""
        return host, self._edges[host].port()

    def extension(self) -> str:
        """The username of a new extension."""
        return str(self.office.extension()["username"])

    def phone(self, kind: Kind, username: str, transport: Transport, host: str, **settings: Any) -> Phone:
        """A phone for the edge at that address, which is not started."""
        port = self._edges[host].port("WS_PORT" if transport == "ws" else "SIP_PORT")
        return Phone(kind, username, PASSWORD, self.office.domain, host, port, transport, **settings)

    def iphone(self) -> tuple[str, str]:
        """The push parameters of a new iPhone, as Linphone writes them, and the token that calls wake it by."""
        voip, remote = token_hex(32), token_hex(32)
        self.providers.add_iphone(voip, is_voip=True)
        self.providers.add_iphone(remote)
        return f"pn-provider=apns;pn-param={TEAM}.{BUNDLE}.voip&remote;pn-prid={voip}:voip&{remote}:remote", voip

    def android(self) -> tuple[str, str]:
        """The push parameters of a new Android device, and its token."""
        token = token_hex(70)
        self.providers.add_android(token)
        return f"pn-provider=fcm;pn-param={NUMBER};pn-prid={token}", token


@contextmanager
def pushed_office(service: Service, providers: Providers, folder: Path) -> Iterator[PushedOffice]:
    """The customer, with its edges and an rtpengine between browsers and phones."""
    sip_port, ws_port, fleet_port = free_port(), free_port(), free_port()
    with media_relay(folder) as relay, Office(service) as office, ExitStack() as running:

        def start(host: str) -> EdgeProcess:
            settings = dict.fromkeys(("SIP_HOST", "ADVERTISED_HOST", "FLEET_ADDRESS"), host)
            ports = {"SIP_PORT": str(sip_port), "WS_PORT": str(ws_port), "FLEET_PORT": str(fleet_port)}
            of_pushes = {"RTPENGINES": relay.address, **providers.settings}
            edge = running.enter_context(EdgeProcess(service, folder, **settings, **ports, **of_pushes))
            edge.wait_until_ready()
            return edge

        yield PushedOffice(office, providers, start)
