"""Datagrams are sent in a phone's name, so that the phone is kept out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.attacks.scene import Scene, heard, invite
from tests.sip_edge.rig import digest
from tests.transport.peers import UdpPeer
from tests.transport.wire_phone import WirePhone

TRIES = 20  # on each transport: a hundred in all
FORGED = 10
WRONG = "wrong wrong wrong"


class Forger:
    """Sends datagrams from the address of another, and takes no answer to them.

    On loopback any address can be had, so the forged ones come from another port of the victim's own.
    """

    def __init__(self, scene: Scene, victim: WirePhone, nonces_from: str) -> None:
        edge = ("127.0.0.1", scene.here.port())
        self._scene = scene
        self._forged = WirePhone(scene.office, victim.username, UdpPeer(edge, victim.peer.source[0]), "UDP")
        openly = WirePhone(scene.office, victim.username, UdpPeer(edge, nonces_from), "UDP")
        self._challenge = openly.ask(openly.register_request()).get("www-authenticate")
        self.refusals = 0

    def guess(self) -> None:
        """Passwords for the victim, and each that is not refused as stale."""
        uri, realm = f"sip:{self._scene.office.domain}", self._scene.office.service.base
        for nc in range(1, FORGED + 1):
            guess = digest(self._challenge, "REGISTER", uri, self._forged.username, WRONG, nc, realm)
            answer = self._forged.ask(self._forged.register_request(guess))
            assert answer.status == 407
            self.refusals += "stale=true" not in answer.get("www-authenticate")

    def call(self, uri: str) -> None:
        """A stranger's call."""
        self._forged.peer.send(invite(self._forged, uri))

    def take(self) -> None:
        """Wait until all that was sent has been read."""
        heard(self._forged)


@contextmanager
def newcomer(scene: Scene, source: str) -> Iterator[WirePhone]:
    """A phone that is not registered yet."""
    phone = scene.phone(scene.office.extension()["username"], source=source)
    with closing(phone.peer):
        yield phone


def assert_comes_in(phone: WirePhone) -> None:
    """At the first try; then it goes, so that the next try is no refresh."""
    assert phone.register().status == 200
    assert phone.register(expires=0).status == 200


def test_a_phone_under_forged_datagrams_registers_at_the_first_try(scene: Scene) -> None:
    with newcomer(scene, scene.fresh_host()) as phone:
        forger = Forger(scene, phone, scene.fresh_host())
        for _ in range(TRIES):
            forger.guess()
            assert_comes_in(phone)
        assert forger.refusals == 0


def test_it_does_so_behind_a_nat_that_an_attacker_shares(scene: Scene) -> None:
    """The attacker guesses other passwords from there, too, on nonces of its own."""
    nat = scene.fresh_host()
    with newcomer(scene, nat) as phone, newcomer(scene, nat) as neighbour:
        forger, guesser = Forger(scene, phone, scene.fresh_host()), Forger(scene, neighbour, nat)
        guesser.guess()
        assert guesser.refusals == FORGED
        for _ in range(TRIES):
            forger.guess()
            assert_comes_in(phone)
        assert forger.refusals == 0


def test_forged_calls_take_no_call_away(scene: Scene) -> None:
    with newcomer(scene, scene.fresh_host()) as phone:
        forger = Forger(scene, phone, scene.fresh_host())
        for n in range(300):
            forger.call(f"sip:nobody{n}@{scene.office.domain}")
            if n % 50 == 49:
                forger.take()
        assert_comes_in(phone)
        uri = scene.victim.aor
        challenge = phone.ask(invite(phone, uri)).get("proxy-authenticate")
        authorization = scene.credentials(challenge, "INVITE", uri, phone.username)
        phone.peer.send(invite(phone, uri, f"Proxy-Authorization: {authorization}"))
        scene.arrived()
        assert phone.final_response().status == 486
