"""A fleet of rigs behind a load balancer, with phones and callers that time passes for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from chaos.aws.target_group import HEALTH_INTERVAL_S, TargetGroup
from chaos.aws.udp_flows import Address, UdpFlows
from sip_edge.fleet.member import Member
from sip_edge.message.message import Request, Response, parse
from sip_edge.message.values import address, parameters
from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import DOMAIN, FakeFlow, Phone, Rig, World

_STEP_S = 0.25
ZONES = ("192.0.2.1", "192.0.2.2")


class Client(Protocol):
    """A socket behind the load balancer."""

    def take(self, data: bytes) -> None:
        """A datagram has come."""

    def tick(self, now: float) -> None:
        """Time has passed."""


class _ClientFlow(FakeFlow):
    """An edge's way to a client: through the load balancer, if that has a flow from there."""

    def __init__(self, client: Address, send: Callable[[bytes], None]) -> None:
        super().__init__(*client)
        self._send = send

    def send(self, data: bytes) -> None:
        self._send(data)


class BalancedFleet:
    """Rigs by the addresses of their channels, and the load balancer before them."""

    def __init__(self, deregistration_s: int, termination_s: float) -> None:
        self.world = World()
        self.group = TargetGroup(deregistration_s, termination_s)
        self.flows = UdpFlows(self.group)
        self.rigs: dict[str, Rig] = {}
        self.deregistration_s = deregistration_s
        self._clients: dict[Address, Client] = {}
        self._under_way: deque[Callable[[], None]] = deque()

    @property
    def now(self) -> float:
        return self.world.now

    def start(self, *hosts: str) -> None:
        """Starts edges, and lets the load balancer find them well."""
        for host in hosts:
            rig = Rig(self.world, f"{host}:5070", fleet_port=5070, deregistration_seconds=self.deregistration_s)
            self.rigs[rig_name(rig)] = rig
            self.group.register(rig_name(rig))
        for rig in self.rigs.values():
            assert rig.member
            rig.member.meet([peer.member.name for peer in self.rigs.values() if peer.member])
        for _ in range(2):
            self.advance(HEALTH_INTERVAL_S)
            for name in self.rigs:
                self.group.note_health(name, is_well=True)

    def members(self, names: list[str]) -> list[Member]:
        """The memberships of edges in their fleet."""
        return [member for name in names if (member := self.rigs[name].member)]

    def stop(self, name: str) -> None:
        """An edge has ended."""
        self.rigs.pop(name).die()

    def join(self, source: Address, client: Client) -> None:
        """Lets a client be reached at an address."""
        self._clients[source] = client

    def send(self, source: Address, zone: str, data: bytes) -> None:
        """A client sends a datagram to a zonal address."""
        self._under_way.append(lambda: self._to_edge(source, zone, data))

    def advance(self, seconds: float) -> None:
        """Lets time pass, and everything arrive."""
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.world.advance(min(_STEP_S, end - self.now))
            for client in list(self._clients.values()):
                client.tick(self.now)
            while self._under_way:
                self._under_way.popleft()()

    def _to_edge(self, source: Address, zone: str, data: bytes) -> None:
        name = self.flows.to_target(source, zone, self.now)
        rig = self.rigs.get(name or "")
        if rig and name:
            rig.receive(self._flow(name, rig, source), data)

    def _flow(self, name: str, rig: Rig, source: Address) -> FakeFlow:
        flow = rig.flows.get("UDP/{}:{}".format(*source))
        if flow is None:
            flow = _ClientFlow(source, partial(self._to_client, name, source))
            rig.flows[flow.name] = flow
        return flow

    def _to_client(self, name: str, source: Address, data: bytes) -> None:
        def arrive() -> None:
            if self.flows.to_client(name, source, self.now) and data.strip():
                self._clients[source].take(data)

        self._under_way.append(arrive)


class QuietPhone(Phone):
    """A phone that sends nothing but REGISTERs, and refreshes as late as `refresh_after` says of its expiry.

    It repeats a REGISTER that gets no answer (RFC 3261 §17.1.2.2), and answers each call with 486.
    """

    def __init__(self, fleet: BalancedFleet, number: int, refresh_after: Callable[[int], float]) -> None:
        rig = next(iter(fleet.rigs.values()))
        super().__init__(rig, f"phone{number}", FakeFlow())
        rig.add_extension(self.username)
        self.fleet = fleet
        self.told_s = 0
        self.reached = 0
        self._refresh_after = refresh_after
        self._source = (f"198.51.100.{number + 1}", 5060)
        self._zone = ZONES[number % len(ZONES)]
        self._request = b""
        self._next = self._pause = self._give_up = 0.0
        fleet.join(self._source, self)

    def put_off(self, seconds: float) -> None:
        """Lets the next refresh be that far off, as of a phone that has registered earlier."""
        self._next = self.fleet.now + seconds

    def tick(self, now: float) -> None:
        if now < self._next:
            return
        if self._request and now < self._give_up:
            self._send(self._request)
            self._pause = min(2 * self._pause, 4.0)
            self._next = now + self._pause
        else:
            self._begin(self.register_text())

    def take(self, data: bytes) -> None:
        message = parse(data)
        if isinstance(message, Request):
            if message.method == "ACK":
                return
            self._send(answer(message, "486 Busy Here" if message.method == "INVITE" else "200 OK").encode())
            self.reached += message.method == "INVITE"
        elif self._request and f"CSeq: {message.get('cseq')}".encode() in self._request:
            self._answered(message)

    def _answered(self, response: Response) -> None:
        if response.status == 407:
            self._begin(self.register_text(self.credentials(response.get("www-authenticate"))))
        elif response.status == 200:
            self._request = b""
            self.told_s = int(parameters(address(response.values("contact")[0])[1])["expires"])
            self._next = self.fleet.now + self._refresh_after(self.told_s)

    def _begin(self, text: str) -> None:
        self._request = text.encode()
        self._pause, self._next, self._give_up = 0.5, self.fleet.now + 0.5, self.fleet.now + 32
        self._send(self._request)

    def _send(self, data: bytes) -> None:
        self.fleet.send(self._source, self._zone, data)


class OneCall:
    """A call from outside, over a socket of its own. `status` is the final one, 0 before it."""

    def __init__(self, fleet: BalancedFleet, number: int, callee: str) -> None:
        self.status = 0
        self.began = self.waited_s = 0.0
        self._source = (f"203.0.113.{number % 200 + 1}", 10_000 + number)
        self._fleet = fleet
        rig = next(iter(fleet.rigs.values()))
        caller = Caller(rig, flow=FakeFlow(*self._source))
        self._data = caller.text("INVITE", f"sip:{callee}@{DOMAIN}").encode()
        self.began = fleet.now
        fleet.join(self._source, self)
        fleet.send(self._source, ZONES[number % len(ZONES)], self._data)

    def tick(self, now: float) -> None:
        pass

    def take(self, data: bytes) -> None:
        message = parse(data)
        if isinstance(message, Response) and message.status >= 200 and not self.status:
            self.status = message.status
            self.waited_s = self._fleet.now - self.began


def rig_name(rig: Rig) -> str:
    assert rig.member
    return rig.member.name.partition("/")[0]
