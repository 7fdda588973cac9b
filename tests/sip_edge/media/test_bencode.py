"""Bencode."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.media.bencode import decode, encode
from sip_edge.message.errors import MalformedError

VALUES: Any = st.recursive(
    st.integers(-(10**18), 10**18) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_was_encoded_is_decoded(value: Any) -> None:
    assert decode(encode(value)) == value


@given(st.binary(max_size=80))
def test_anything_else_is_malformed(data: bytes) -> None:
    try:
        decode(data)
    except MalformedError:
        return


def test_keys_go_out_in_order_and_text_as_bytes() -> None:
    assert encode({"sdp": "ü", "call-id": b"x", "flags": ["a", 1]}) == b"d7:call-id1:x5:flagsl1:ai1ee3:sdp2:\xc3\xbce"


@pytest.mark.parametrize(
    "data",
    [b"", b"i1", b"ie", b"i01", b"5:abc", b"999999999:x", b"li1e", b"d1:ae", b"di1ei2ee", b"i1ei2e", b"l" * 2000, b"x"],
)
def test_what_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        decode(data)
