"""The phone of these tests, and the two ways to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.agents.phone import Phone as Agent
from tests.agents.settings import Feature
from tests.calls.office import Office
from tests.peers.endpoint import Endpoint
from tests.peers.scene import Scene
from tests.peers.wire_call import WireCall
from tests.peers.wire_callee import Line
from tests.service import Service
from tests.sip_edge.rig import Phone, Rig
from tests.transport.peers import OPEN, Address
from tests.transport.wire_phone import WirePhone


@dataclass(frozen=True)
class Desk:
    """A registered pjsua2 and the edge before it."""

    phone: Agent
    username: str
    office: Office

    def direct(self) -> WireCall:
        """A call to the phone's own address."""
        port = self.phone.sip_port()
        return WireCall(Endpoint(("127.0.0.1", port)), f"sip:{self.username}@127.0.0.1:{port}")

    def relayed(self) -> WireCall:
        """A call to the phone's extension, through the edge."""
        service = self.office.service
        return WireCall(Endpoint((service.sip_host, service.sip_port)), self.phone.uri)

    def colleague(self) -> WireCall:
        """The same, from another extension: strangers may call and do nothing else."""
        caller = self.relayed()
        username = self.office.extension()["username"]
        caller.sender = f"<sip:{username}@{self.office.domain}>"
        caller.credentials = (username, self.office.service.base)
        return caller


class Desks:
    """The phones, one for each set of features, started when a test asks for them."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._desks: dict[tuple[Feature, ...], Desk] = {}

    def __getitem__(self, features: tuple[Feature, ...]) -> Desk:
        if features not in self._desks:
            extension = self._office.extension()
            # The stack keeps a closed socket of its media for half a second, and asserts when there are 64.
            phone = self._office.phone("pjsua2", extension, features=("no-rtp", *features))
            phone.register()
            phone.set_answer_mode("auto")
            self._desks[features] = Desk(phone, extension["username"], self._office)
        return self._desks[features]


class Lines:
    """Pairs of phones that call an endpoint, one directly and one through the edge. Each set of features has a pair."""

    def __init__(self, office: Office, running: ExitStack) -> None:
        self._office = office
        self._running = running
        self._lines: dict[tuple[Feature, ...], tuple[Line, Line]] = {}

    def __getitem__(self, features: tuple[Feature, ...]) -> tuple[Line, Line]:
        if features not in self._lines:
            self._lines[features] = self._direct(features), self._relayed(features)
        return self._lines[features]

    def _direct(self, features: tuple[Feature, ...]) -> Line:
        endpoint = self._endpoint()
        return Line(self._phone(endpoint.source, features), "sip:callee@elsewhere.example", endpoint)

    def _relayed(self, features: tuple[Feature, ...]) -> Line:
        service = self._office.service
        edge = service.sip_host, service.sip_port
        endpoint = self._endpoint(edge)
        callee = WirePhone(self._office, self._office.extension()["username"], endpoint, "UDP")
        callee.contact = f"sip:callee@{endpoint.address}"  # From a private address no media relay is needed.
        assert callee.register().status == 200
        return Line(self._phone(edge, features), callee.aor, endpoint)

    def _phone(self, proxy: Address, features: tuple[Feature, ...]) -> Agent:
        features = ("no-rtp", *features)
        return self._running.enter_context(
            Agent("pjsua2", "tester", None, "outside.example", *proxy, features=features)
        )

    def _endpoint(self, far_end: Address = ("127.0.0.1", 9)) -> Endpoint:
        endpoint = Endpoint(far_end)
        OPEN.remove(endpoint)  # Those are closed after each test; this one stays.
        self._running.callback(endpoint.close)
        return endpoint


@pytest.fixture
def rig() -> Rig:
    """An edge without sockets, and an extension for two devices."""
    rig = Rig()
    rig.add_extension("bob", max_devices=2)
    return rig


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def phone(scene: Scene) -> Phone:
    """The one phone of a scene."""
    return scene.phones[0]


@pytest.fixture(scope="module")
def lines(service: Service) -> Iterator[Lines]:
    with Office(service) as office, ExitStack() as running:
        yield Lines(office, running)


@pytest.fixture(scope="module")
def desks(service: Service) -> Iterator[Desks]:
    with Office(service) as office:
        yield Desks(office)
