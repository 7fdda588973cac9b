"""Two customers at one edge: alice and bob are colleagues, carol is an extension of another customer."""

from __future__ import annotations

from dataclasses import replace

from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import BASE, CUSTOMER, DOMAIN, Phone, Rig

OTHER = "zzz999-zzz999"
ALICE, BOB = f"sip:alice@{DOMAIN}", f"sip:bob@{DOMAIN}"
CAROL = f"sip:carol@{OTHER}.registrar.{BASE}"
BOBS_HASH, CAROLS_HASH = "b" * 12, "c" * 12
DIRECT_BOB, DIRECT_CAROL = (f"sip:direct.{found}@sip.{BASE}" for found in (BOBS_HASH, CAROLS_HASH))


class Offices:
    """All three are registered; bob's phone is carol's, too."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.alice, self.bob = (self._registered(name) for name in ("alice", "bob"))
        carol = replace(self.rig.address("bob"), aor=f"carol@{OTHER}", extension_id="id-carol")
        self.rig.store.addresses[carol.aor] = carol
        self.rig.store.hashes.update({BOBS_HASH: f"bob@{CUSTOMER}", CAROLS_HASH: carol.aor})

    def caller(self, sender: str = ALICE) -> Caller:
        """A caller over alice's flow."""
        return Caller(self.rig, sender, self.alice.flow)

    def stranger(self, transport: str = "UDP") -> Caller:
        """A caller from outside."""
        return Caller(self.rig, flow=self.rig.flow("203.0.113.5", 5080, transport))

    def dialog(self, caller: Caller, callee: str = BOB, proved: bool = False) -> Dialog:
        """A call that bob's phone has answered."""
        if proved:
            caller.send_proved("alice", "INVITE", callee)
        else:
            caller.send("INVITE", callee)
        return Dialog(self, caller)

    def _registered(self, username: str) -> Phone:
        self.rig.add_extension(username, max_devices=2)
        phone = Phone(self.rig, username)
        assert phone.register().status == 200
        return phone


class Dialog:
    """A call between a caller and bob's phone: `caller` and `callee` send to each other."""

    def __init__(self, offices: Offices, caller: Caller) -> None:
        bob = offices.bob
        invite = bob.flow.take_request()
        offices.rig.receive(bob.flow, answer(invite, "200 OK", f"Contact: <{bob.contact}>"))
        ok = caller.flow.take()[-1]
        self.invite = invite
        self.caller = caller
        self.callee = Caller(offices.rig, invite.get("to").strip("<>"), bob.flow, caller.call_id)
        self.to_callee = (bob.contact, f"Route: {ok.get('record-route')}", ok.get("to"))
        to = invite.get("from")
        self._to_caller = (caller.contact, f"Route: {invite.get('record-route')}", to)

    def from_caller(self, method: str, *extra: str) -> None:
        uri, route, to = self.to_callee
        self.caller.send(method, uri, route, *extra, to=to)

    def from_callee(self, method: str, *extra: str) -> None:
        uri, route, to = self._to_caller
        self.callee.send(method, uri, route, *extra, to=to)
