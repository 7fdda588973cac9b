"""The binding of one phone under observation, at the first of two edges (RFC 3261 §10, RFC 5626)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from directory.schema.model import Address, Binding
from directory.schema.stream import Change
from lambdas.event.events_from_changes import events_from_changes
from sip_edge.message.message import Request
from sip_edge.registrar.register_request import LEAST_EXPIRES
from tests.sip_edge.caller import answer
from tests.sip_edge.rig import Phone, Rig, World
from tests.sip_edge.states.exploration import END

# The edge looks for ended bindings every five seconds, five seconds after their end.
_REMOVAL_S: Final = 15  # sip_edge/registrar/reachability/expiry.py
_PATIENCE_S: Final = 2.0  # sip_edge/registrar/reachability/options_ping.py
_LIVING: Final = {"expiry": float(LEAST_EXPIRES)}
_ELSEWHERE: Final = "sip:alice@192.0.2.77:5060"


class RegistrationSubject:
    """A binding. Its state is read from the stored address, and from the answers that devices wait for.

    Asked is Registered while an edge asks the phone whether it is there. EdgeGone is Registered at an edge that was
    killed, AskedInVain is Asked there, and Forgotten is Expired there.
    """

    timers: Final = {
        "Registered": _LIVING,
        "EdgeGone": _LIVING,
        "Asked": {"no answer for 2 s": _PATIENCE_S},
        "AskedInVain": {"no answer for 2 s": _PATIENCE_S},
    }

    def __init__(self, transport: str) -> None:
        self._world = World()
        self._edges = [Rig(self._world, f"10.0.0.{number}:5070") for number in (1, 2)]
        self._edges[0].add_extension("alice")
        self._phone = self._make_phone(5001, transport)
        self._other = self._make_phone(5002, transport)
        self._seen = self._address
        self._question: Request | None = None
        self._is_other_waiting = False
        self._actions: list[str] = []

    @property
    def state(self) -> str:
        """The state of the phone's binding."""
        binding = self._binding
        if binding is None:
            return END
        is_alive = any(edge.member and edge.member.name == binding.edge for edge in self._edges)
        if binding.expires <= self._world.now:
            return "Expired" if is_alive else "Forgotten"
        if is_alive:
            return "Asked" if self._is_other_waiting else "Registered"
        return "AskedInVain" if self._is_other_waiting else "EdgeGone"

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """The events that phones, connections, edges and the API cause."""
        expires = f"Expires: {LEAST_EXPIRES}"
        return {
            "REGISTER": partial(self._register, self._phone, expires),
            "REGISTER with another Contact": partial(self._register, self._phone, expires, contact=f"<{_ELSEWHERE}>"),
            "REGISTER with Expires 0": partial(self._register, self._phone, "Expires: 0"),
            "REGISTER with Contact *": partial(self._register, self._phone, "Expires: 0", contact="*"),
            "REGISTER of another device": partial(self._register, self._other, expires),
            "answer to OPTIONS": self._answer,
            "connection closed": self._close,
            "edge killed": self._kill,
            "taken off by the API": self._take_off,
            "15 s after the expiry": self._wait_for_removal,
        }

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._world.advance(seconds)
        self._collect()

    def take_actions(self) -> list[str]:
        """Messages to the phone, answers to the other device, and events since the last time."""
        before, self._seen = self._seen, self._address
        events = (
            events_from_changes(Change("", int(self._world.now), before, self._seen))
            if self._seen is not before
            else []
        )
        actions, self._actions = self._actions, []
        return [*actions, *[f"event `{event['type']}`" for event in events]]

    def _change_since(self, before: Address) -> Change:
        return Change("", int(self._world.now), before, self._address)

    @property
    def _address(self) -> Address:
        return self._edges[0].address("alice")

    @property
    def _binding(self) -> Binding | None:
        return next((b for b in self._address.bindings if b.call_id == self._phone.call_id), None)

    def _make_phone(self, port: int, transport: str) -> Phone:
        return Phone(self._edges[0], "alice", self._edges[0].flow(port=port, transport=transport))

    def _register(self, phone: Phone, *extra: str, contact: str | None = None) -> None:
        """Register as a phone does: a nonce that another edge's clock has made stale is asked for once more."""
        challenge = phone.challenge()
        for _ in range(2):
            phone.rig.receive(phone.flow, phone.register_text(phone.credentials(challenge), *extra, contact=contact))
            if not phone.flow.sent or not phone.flow.sent[-1].startswith(b"SIP/2.0 407"):
                break
            challenge = phone.flow.take_response().get("www-authenticate")
        self._is_other_waiting |= phone is self._other
        self._collect()

    def _answer(self) -> None:
        if self._question and self._is_other_waiting:
            self._phone.rig.receive(self._phone.flow, answer(self._question, "200 OK"))
            self._collect()

    def _close(self) -> None:
        if self._phone.flow.reliable and self._binding:
            self._phone.rig.lose(self._phone.flow)

    def _kill(self) -> None:
        """Kill the first edge. Further requests of the phones go to the second one."""
        if len(self._edges) > 1:
            self._edges.pop(0).die()
            self._is_other_waiting = False
            for phone in (self._phone, self._other):
                phone.rig = self._edges[0]
                phone.flow = phone.rig.flow(phone.flow.host, phone.flow.port, phone.flow.transport)

    def _take_off(self) -> None:
        """Write the address without the binding, as the API does."""
        rest = tuple([b for b in self._address.bindings if b is not self._binding])
        if len(rest) < len(self._address.bindings):
            address = self._address
            self._world.store.addresses[address.aor] = address.with_bindings(rest, address.nonce, address.nc)

    def _wait_for_removal(self) -> None:
        if self.state in ("Expired", "Forgotten"):
            self.wait(_REMOVAL_S)

    def _collect(self) -> None:
        for message in self._phone.flow.take():
            if isinstance(message, Request):
                self._question = message
                self._actions.append(f"sends {message.method}")
            else:
                self._actions.append(f"answers {message.status}")
        for message in self._other.flow.take():
            if not isinstance(message, Request):
                self._is_other_waiting = False
                self._actions.append(f"answers {message.status} to the other device")
