"""Phones that pushes wake, and callers of the extension bob, which has them."""

from __future__ import annotations

from sip_edge.message.message import Request
from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import DOMAIN, FakeFlow, Phone, Rig, World

ALICE, BOB = f"sip:alice@{DOMAIN}", f"sip:bob@{DOMAIN}"
TOKEN = "d" * 40


def fleet(edges: int = 3, max_devices: int = 2) -> list[Rig]:
    """Returns edges whose customer has a push app for Android and one for iPhones."""
    world = World()
    world.pusher.apps = {"fcm": {"project-1"}, "apns": {"com.example.phone"}}
    rigs = [Rig(world, f"10.0.0.{i}:5070", media_anchoring="never") for i in range(1, edges + 1)]
    rigs[0].add_extension("alice")
    rigs[0].add_extension("bob", max_devices=max_devices)
    return rigs


class PushedPhone(Phone):
    """A phone of bob's that pushes wake."""

    def __init__(self, rig: Rig, transport: str = "TLS", parameters: str = "", token: str = TOKEN) -> None:
        super().__init__(rig, "bob", rig.flow("198.51.100.9", 40000 + int(rig.unique()), transport))
        push = f";pn-provider=fcm;pn-param=project-1;pn-prid={token}"
        self.contact = f"sip:bob@10.0.0.5:5060{push}"
        self.parameters = parameters

    @classmethod
    def awake(cls, rig: Rig, transport: str = "TLS", parameters: str = "", token: str = TOKEN) -> PushedPhone:
        """A phone that has registered."""
        phone = cls(rig, transport, parameters, token)
        assert phone.register(contact=f"<{phone.contact}>{parameters}").status == 200
        return phone

    @classmethod
    def asleep(cls, rig: Rig, transport: str = "TLS", parameters: str = "", token: str = TOKEN) -> PushedPhone:
        """A phone that has registered, and has been asleep for a minute."""
        phone = cls.awake(rig, transport, parameters, token)
        rig.lose(phone.flow)
        rig.advance(60)
        return phone

    def come_back(self, rig: Rig) -> list[str]:
        """Asks for a challenge over a new flow. Returns the starts of all that the phone gets."""
        self.rig, self.flow = rig, rig.flow("203.0.113.99", 40000 + int(rig.unique()), self.flow.transport)
        rig.receive(self.flow, self.register_text())
        (response,) = self.flow.take()
        self._challenge = response.get("www-authenticate")
        return [response.start]

    def prove(self) -> list[str]:
        """Registers, and returns the starts of all that the phone gets."""
        contact = f"<{self.contact}>{self.parameters}"
        self.rig.receive(self.flow, self.register_text(self.credentials(self._challenge), contact=contact))
        return [data.decode().partition("\r\n")[0] for data in self.flow.sent]

    def wake(self, rig: Rig) -> list[str]:
        """Registers over a new flow, and returns the starts of all that the phone gets."""
        self.come_back(rig)
        return self.prove()

    def invite(self) -> Request:
        """The last request that the phone got. All are taken."""
        return self.flow.take_requests()[-1]

    def accept(self) -> None:
        """Answers the last request with 200."""
        self.rig.receive(self.flow, answer(self.invite(), "200 OK", f"Contact: <{self.contact}>"))


def call(rig: Rig, *extra: str, uri: str = BOB, host: str = "203.0.113.5") -> Caller:
    """A call of a stranger's over TCP."""
    caller = Caller(rig, flow=rig.flow(host, 30000 + int(rig.unique()), "TCP"))
    caller.send("INVITE", uri, *extra)
    return caller


def message(rig: Rig, uri: str = BOB) -> Caller:
    """A message of a colleague's."""
    caller = Caller(rig, ALICE, rig.flow("203.0.113.6", 30000 + int(rig.unique()), "TCP"))
    caller.send_proved("alice", "MESSAGE", uri)
    return caller


def starts(flow: FakeFlow) -> list[str]:
    """The starts of all messages that were sent over a flow, which are taken."""
    return [taken.start for taken in flow.take()]


def hang_up(caller: Caller, uri: str = BOB) -> None:
    """The caller gives up."""
    caller.send("CANCEL", uri, cseq=caller.cseq, branch=caller.branch)


def ends(rig: Rig) -> list[str]:
    """The ends of all wake-ups."""
    return [wake_up.end.value for wake_up in rig.world.ended_wake_ups]
