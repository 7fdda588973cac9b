"""Digest credentials."""

from __future__ import annotations

from hashlib import md5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.auth import digest
from sip_edge.auth.digest import Credentials
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Request
from tests.sip_edge.message.strategies import LINES, TOKENS, TRICKY

LONG = 64 * 1024
RFC_2617 = (  # §3.5
    'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
    'uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", '
    'response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
)


def presented(*values: str, realm: str = "testrealm@host.com", header: str = "authorization") -> Credentials | None:
    lines = [f"{header}: {value}" for value in values]
    return digest.presented(Request("", [header] * len(values), lines, b"", "GET", ""), realm)


@pytest.mark.parametrize("header", ["authorization", "proxy-authorization"])
def test_the_example_of_rfc_2617(header: str) -> None:
    credentials = presented(RFC_2617, header=header)
    assert credentials is not None
    assert (credentials.username, credentials.nc) == ("Mufasa", 1)
    assert credentials.nonce == "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    ha1 = md5(b"Mufasa:testrealm@host.com:Circle Of Life").hexdigest()
    assert credentials.prove("GET", ha1)
    assert not credentials.prove("PUT", ha1)
    assert not credentials.prove("GET", None)
    assert not credentials.prove("GET", "0" * 32)


def test_a_client_that_knows_no_qop() -> None:
    ha1, ha2 = md5(b"a:r:p").hexdigest(), md5(b"GET:/").hexdigest()
    response = md5(f"{ha1}:n:{ha2}".encode()).hexdigest()
    credentials = presented(f'DIGEST\trealm=r,nonce="n", uri="/" ,response={response.upper()}', realm="r")
    assert credentials is not None
    assert credentials.nc == 1
    assert credentials.prove("GET", ha1)


@pytest.mark.parametrize("other", ["algorithm=SHA-256", "qop=auth-int"])
def test_what_we_never_offered_proves_nothing(other: str) -> None:
    credentials = presented(RFC_2617.replace("qop=auth", other))
    assert credentials is not None
    assert not credentials.prove("GET", md5(b"Mufasa:testrealm@host.com:Circle Of Life").hexdigest())


@pytest.mark.parametrize("value", ["", " ", "Digest", "Basic x", "Digest ", 'Digest realm="other"', "NoOneKnows a=b"])
def test_no_credentials_of_ours(value: str) -> None:
    assert presented(value) is None
    credentials = presented(value, RFC_2617)
    assert credentials is not None
    assert credentials.username == "Mufasa"


@pytest.mark.parametrize("value", ['a="', "a=b,a=c", "a=b c=d", "a", "a=b,,c=d", 'a="b"c', "=b", "é=b"])
def test_what_is_unreadable(value: str) -> None:
    with pytest.raises(MalformedError):
        presented(f"Digest {value}")


@given(
    st.dictionaries(
        st.text("abcdefghij-_09", min_size=1).filter(lambda name: name != "realm"),
        st.one_of(TOKENS, st.text(st.characters(codec="ascii", exclude_characters="\r\n"), max_size=20)),
    )
)
def test_fields_are_read_as_they_were_written(fields: dict[str, str]) -> None:
    quoted = (value.replace("\\", r"\\").replace('"', r"\"") for value in ("r", *fields.values()))
    text = ", ".join(f'{name}="{value}"' for name, value in zip(("realm", *fields), quoted, strict=True))
    assert digest._fields(f"Digest {text}") == {"realm": "r", **fields}


@given(st.one_of(LINES, TRICKY, LINES.map('Digest realm="r", username="'.__add__)))
def test_credentials_or_malformed(value: str) -> None:
    try:
        credentials = presented(value, realm="r")
    except MalformedError:
        return
    if credentials:
        assert not credentials.prove("REGISTER", "0" * 32)


def test_any_bytes_in_credentials_can_be_hashed() -> None:
    credentials = presented(
        'Digest realm="r", uri="\udcff", response="\udcff", nonce="é", nc="٣", cnonce="\udc80"', realm="r"
    )
    assert credentials is not None
    assert not credentials.prove("REGISTER", "0" * 32)


@pytest.mark.parametrize("start", ["a=", "a", 'a="', "", "a=b", 'a="b"'])
@pytest.mark.parametrize("piece", [" ", "a", ",", "=", '"', '\\"', "a=b,", " a"])
def test_no_credentials_take_long(start: str, piece: str) -> None:
    """With a quadratic expression a single one of these takes minutes."""
    for end in ("", '"', "x", "=", ","):
        try:
            presented(f"Digest {start}{piece * (LONG // len(piece))}{end}")
        except MalformedError:
            continue
