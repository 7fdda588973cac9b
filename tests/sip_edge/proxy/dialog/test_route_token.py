"""Flow tokens: none that is forged, of another call or old leads anywhere."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest

from directory.edge_keys import EdgeKey
from sip_edge.crypto.key_ring import KeyRing
from sip_edge.crypto.token_cipher import encrypt
from sip_edge.message.errors import MalformedError
from sip_edge.proxy.dialog.route_token import Leg, RouteTokens

TOKENS = RouteTokens(KeyRing((EdgeKey(0, b"k" * 32),), 0).routes)
NOW = 1_700_000_000.0
LEG = Leg("10.0.0.1:5070/aaaa", "UDP/198.51.100.7:5060", "sip:x@gateway.example;transport=tcp", "media", "", "mark")
TOKEN = TOKENS.seal(LEG, "call-1", NOW)


def test_every_edge_with_the_key_opens_a_token_for_a_week() -> None:
    assert RouteTokens(KeyRing((EdgeKey(0, b"k" * 32),), 0).routes).open(TOKEN, "call-1", NOW + 6 * 86_400) == LEG


@pytest.mark.parametrize(("call_id", "days"), [("call-2", 0), ("", 0), ("call-1", 8)])
def test_a_token_is_good_for_its_call_alone_and_not_for_ever(call_id: str, days: int) -> None:
    with pytest.raises(MalformedError):
        TOKENS.open(TOKEN, call_id, NOW + days * 86_400)


def test_another_key_and_every_changed_character() -> None:
    with pytest.raises(MalformedError):
        RouteTokens(KeyRing((EdgeKey(0, b"x" * 32),), 0).routes).open(TOKEN, "call-1", NOW)
    for i, character in enumerate(TOKEN):
        with pytest.raises(MalformedError):
            TOKENS.open(f"{TOKEN[:i]}{'A' if character != 'A' else 'B'}{TOKEN[i + 1 :]}", "call-1", NOW)


def test_a_token_of_an_edge_that_seals_no_fingerprint() -> None:
    keys = KeyRing((EdgeKey(0, b"k" * 32),), 0).routes
    text = f"{int(NOW):x} {LEG.edge} {LEG.flow} {LEG.media} {LEG.call} {LEG.way_back}"
    word = urlsafe_b64encode(encrypt(keys, text.encode(), b"call-1")).decode().rstrip("=")
    assert TOKENS.open(f"flow.{word}", "call-1", NOW) == LEG._replace(sender="")
