"""SIP URIs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError
from tests.sip_edge.message.strategies import LINES, TRICKY


@pytest.mark.parametrize(
    ("text", "parts"),
    [  # RFC 3261 §19.1.3
        ("sip:alice@atlanta.com", ("sip", "alice", "atlanta.com", 0, "", "")),
        ("sip:alice:secretword@atlanta.com;transport=tcp", ("sip", "alice", "atlanta.com", 0, ";transport=tcp", "")),
        ("sips:alice@atlanta.com?subject=project%20x&priority=urgent",
         ("sips", "alice", "atlanta.com", 0, "", "?subject=project%20x&priority=urgent")),
        ("sip:+1-212-555-1212:1234@gateway.com;user=phone",
         ("sip", "+1-212-555-1212", "gateway.com", 0, ";user=phone", "")),
        ("sips:1212@gateway.com", ("sips", "1212", "gateway.com", 0, "", "")),
        ("sip:alice@192.0.2.4", ("sip", "alice", "192.0.2.4", 0, "", "")),
        ("sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
         ("sip", "", "atlanta.com", 0, ";method=REGISTER", "?to=alice%40atlanta.com")),
        ("sip:alice;day=tuesday@atlanta.com", ("sip", "alice;day=tuesday", "atlanta.com", 0, "", "")),
        ("SIP:a@[2001:DB8::1]:5061;lr", ("sip", "a", "[2001:db8::1]", 5061, ";lr", "")),
        ("sip:a@_sip.my_phone:5060", ("sip", "a", "_sip.my_phone", 5060, "", "")),
        ("sip:%61%2fb?c@Atlanta.COM.:65535", ("sip", "a/b?c", "atlanta.com", 65535, "", "")),
    ],
)  # fmt: skip
def test_uris(text: str, parts: tuple[str, str, str, int, str, str]) -> None:
    uri = uris.parse(text)
    assert (uri.scheme, uri.user, uri.host, uri.port, uri.params, uri.headers) == parts


@pytest.mark.parametrize(
    "text",
    ["", "sip:", "sip:@", "sip:a@", "alice@b", "tel:+1", "sip:a@b:0", "sip:a@b:65536", "sip:a@b:", "sip:a b@c",
     "sip:a@b c", "sip:a@b\n", "sip:a@-b", "sip:a@b_-", "sip:a@b@c", "<sip:a@b>", "sip:a@[::1", "sip:a@b;c d",
     "sip:a\x00@b", "\u017fip:a@b", "sip:a@\u212a", "sip:a@b?c@d", f"sip:{'a' * 2000}@b"],
)  # fmt: skip
def test_what_is_no_sip_uri(text: str) -> None:
    with pytest.raises(MalformedError):
        uris.parse(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [  # RFC 3261 §19.1.4
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        ("sip:a@b;%74ransport=t%63p", "sip:a@b;transport=tcp"),
    ],
)
def test_the_same_place(one: str, other: str) -> None:
    assert uris.parse(one).key == uris.parse(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [  # RFC 3261 §19.1.4
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com:6000;transport=tcp", "sip:bob@biloxi.com"),
        ("sip:bob@biloxi.com;transport=tcp", "sip:bob@biloxi.com"),
        ("sip:alice@a", "sips:alice@a"),
        ("sip:%00@a", "sip:%00%00@a"),
        ("sip:a@a", "sip:%2561@a"),
    ],
)
def test_different_places(one: str, other: str) -> None:
    assert uris.parse(one).key != uris.parse(other).key


def test_a_user_that_is_no_utf_8() -> None:
    assert uris.parse("sip:%41\udcff%ff@b").user == "A\udcff\udcff"


def test_schemes() -> None:
    assert uris.scheme("TEL:+1") == "tel"
    assert uris.scheme("soap.beep://192.0.2.103:3002") == "soap.beep"
    assert uris.scheme("no scheme") == uris.scheme("<sip:a>") == uris.scheme("1:a") == ""


def test_without_headers() -> None:
    assert uris.without_headers("sip:a?b@c;d?e=f?g") == "sip:a?b@c;d"
    assert uris.without_headers("sip:c?e=f") == "sip:c"
    assert uris.without_headers("sip:c") == "sip:c"


@given(st.one_of(st.tuples(LINES, TRICKY).map("sip:".join), st.tuples(LINES, TRICKY, TRICKY).map(
    lambda parts: f"sip:{parts[0]}@example.com{parts[1]};{parts[2]}")))  # fmt: skip
def test_a_uri_or_malformed(text: str) -> None:
    try:
        uri = uris.parse(text)
        assert uri.key == uris.parse(uris.without_headers(text)).key
        assert uris.without_headers(text) + uri.headers == text
    except MalformedError:
        return


@given(st.text(min_size=1, max_size=20), st.integers(1, 65535))
def test_any_user_can_be_escaped(user: str, port: int) -> None:
    escaped = "".join(f"%{byte:02X}" for byte in user.encode("utf-8", "surrogatepass"))
    uri = uris.parse(f"sip:{escaped}@example.com:{port}")
    assert uri.user.encode("utf-8", "surrogateescape") == user.encode("utf-8", "surrogatepass")
    assert uri.port == port
