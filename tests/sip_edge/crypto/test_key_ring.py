"""Keys that are replaced while an edge runs, with signatures of former keys and of later ones."""

from __future__ import annotations

import pytest

from directory.edge_keys import EdgeKey
from sip_edge.auth.nonce import Nonces
from sip_edge.crypto.key_ring import LONGEST_DIALOG_S, NONCE_LIFETIME_S, KeyRing
from sip_edge.location.gruu import Gruus
from sip_edge.message.errors import MalformedError
from sip_edge.message.uri import parse
from sip_edge.proxy.dialog.route_token import Leg, RouteTokens
from tests.sip_edge.rig import DOMAIN, START, Phone, Rig

FIRST = EdgeKey(0, b"1" * 32)
SECOND = EdgeKey(START + 900, b"2" * 32)
THIRD = EdgeKey(START + 86_400, b"3" * 32)
BOTH = (FIRST, SECOND)
LEG = Leg("edge", "UDP/192.0.2.7:5060", "", "")


def test_a_nonce_of_before_is_good_behind_the_turn() -> None:
    rig = Rig()
    rig.add_extension("office1")
    phone = Phone(rig, "office1")
    rig.keys.replace((EdgeKey(0, b"s" * 32), SECOND), rig.now)
    rig.advance(890)
    challenge = phone.challenge()
    rig.now += 20
    rig.keys.replace((EdgeKey(0, b"s" * 32), SECOND), rig.now)
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge)))
    assert phone.flow.take_response().status == 200
    assert phone.challenge().partition('nonce="')[2][16:] != challenge.partition('nonce="')[2][16:]


def test_a_former_key_makes_no_nonces_when_its_own_have_ended() -> None:
    former = Nonces(KeyRing((FIRST,), START).nonces, NONCE_LIFETIME_S)
    ring = KeyRing(BOTH, START)
    nonces = Nonces(ring.nonces, NONCE_LIFETIME_S)
    for after, is_good in ((0, True), (NONCE_LIFETIME_S - 1, True), (NONCE_LIFETIME_S, False)):
        now = SECOND.begins + after
        ring.replace(BOTH, now)
        assert nonces.accepts(former.issue(now), now) is is_good


def test_an_edge_whose_clock_is_ahead_is_understood() -> None:
    early = Nonces(KeyRing(BOTH, SECOND.begins).nonces, NONCE_LIFETIME_S)
    late = Nonces(KeyRing(BOTH, SECOND.begins - 1).nonces, NONCE_LIFETIME_S)
    now = SECOND.begins - 1
    assert late.accepts(early.issue(now), now)
    assert early.accepts(late.issue(now), now)


def test_route_tokens_last_as_long_as_dialogs_may() -> None:
    ring = KeyRing((FIRST,), START)
    tokens = RouteTokens(ring.routes)
    token = tokens.seal(LEG, "call", START)
    for keys, now in ((BOTH, START + 1000), ((FIRST, SECOND, THIRD), START + 100_000)):
        ring.replace(keys, now)
        assert tokens.open(token, "call", now) == LEG
        assert tokens.seal(LEG, "call", START) != token
    now = SECOND.begins + LONGEST_DIALOG_S
    ring.replace((FIRST, SECOND, THIRD), now)
    with pytest.raises(MalformedError):
        tokens.open(token, "call", now)
    forged = RouteTokens(KeyRing((FIRST,), now).routes).seal(LEG, "call", now)
    with pytest.raises(MalformedError):
        tokens.open(forged, "call", now)


def test_temporary_gruus_last_as_long_as_their_key_is_in_the_ring() -> None:
    rig = Rig()
    rig.add_extension("office1")
    Phone(rig, "office1").register()
    (binding,) = rig.address("office1").bindings
    ring = KeyRing((FIRST,), START)
    gruus = Gruus(ring.gruus)
    gruu = parse(gruus.temporary(parse(f"sip:office1@{DOMAIN}"), binding))
    ring.replace((FIRST, SECOND, THIRD), START + 100_000)
    opened = gruus.open(gruu)
    assert opened is not None
    assert opened[0] == "office1"
    ring.replace((SECOND, THIRD), START + 100_000)
    assert gruus.open(gruu) is None


def test_a_ring_without_a_key_that_has_begun_signs_with_its_first() -> None:
    nonces = Nonces(KeyRing((SECOND, THIRD), START).nonces, NONCE_LIFETIME_S)
    assert nonces.accepts(nonces.issue(START), START)


def test_purposes_have_keys_of_their_own() -> None:
    ring = KeyRing((FIRST,), START)
    derived = (ring.nonces, ring.routes, ring.gruus, ring.marks, ring.channel)
    assert len({FIRST.secret, *(keys.current for keys in derived)}) == 6


def test_it_tells_whether_the_secrets_are_others() -> None:
    ring = KeyRing((FIRST,), START)
    assert [ring.replace(keys, START) for keys in ((FIRST,), BOTH, BOTH)] == [False, True, False]
