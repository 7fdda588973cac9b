"""The inputs of property tests."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# Each run of the tests tries the same, on a busy machine too; `python -m fuzz` looks for more.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    max_examples=150,
    database=None,
    suppress_health_check=(HealthCheck.too_slow,),
)
settings.load_profile("repeatable")

TORTURE = [path.read_bytes() for path in sorted((Path(__file__).parents[2] / "torture" / "messages").glob("*.dat"))]
TOKENS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~", min_size=1, max_size=20)


def as_text(data: bytes) -> str:
    """Bytes as they stand in a parsed message."""
    return data.decode("utf-8", "surrogateescape")


# Any text that can stand in a line, in bytes of which not all are UTF-8.
LINES = st.binary(max_size=60).map(lambda data: as_text(data.translate(None, b"\r\n\0")))
# Text of the characters that mean something in some header.
TRICKY = st.text(' \t;,=<>"\\?@:%[]/.*aA0\udcff\u212a', max_size=40)
VALUES = st.one_of(
    LINES, TRICKY, st.lists(st.sampled_from(('"', "<", ">", ";", ",", "a", "=", " ", "sip:a@b"))).map("".join)
)


@st.composite
def mutated(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    """One of the originals with pieces replaced, left out, doubled or taken from another."""
    data = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        other = draw(st.sampled_from(originals))
        at = draw(st.integers(0, len(other)))
        piece = draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from((b"", data[start:end] * 2, b"\r\n", b"\r\n ", b",", b";", b'"', b"<", b"\0", b"\xff")),
                st.just(other[at : at + 60]),
            )
        )
        data = data[:start] + piece + data[end:]
    return data
