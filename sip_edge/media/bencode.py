"""Bencode, the encoding of rtpengine's ng protocol: numbers, byte strings, lists and dictionaries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from sip_edge.message.errors import MalformedError

Value: TypeAlias = "int | bytes | list[Value] | dict[str, Value]"
"""A decoded value. Keys are text."""
Encodable: TypeAlias = "int | str | bytes | Sequence[Encodable] | Mapping[str, Encodable]"
"""A value to encode; text goes out as UTF-8."""

_NUMBER: Final = re.compile(rb"i(-?[0-9]{1,19})e")
_LENGTH: Final = re.compile(rb"([0-9]{1,9}):")
_DEEPEST: Final = 32


def encode(value: Encodable) -> bytes:
    """The value as it goes over the wire."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, Mapping):
        return b"d%se" % b"".join([encode(key) + encode(value[key]) for key in sorted(value)])
    return b"l%se" % b"".join([encode(item) for item in value])


def decode(data: bytes) -> Value:
    """The one value that the bytes hold. Raises MalformedError for anything else."""
    value, end = _decode(data, 0, _DEEPEST)
    if end != len(data):
        raise MalformedError("bencode: more than one value")
    return value


def _decode(data: bytes, at: int, deepest: int) -> tuple[Value, int]:
    kind = data[at : at + 1]
    if kind == b"i" and (number := _NUMBER.match(data, at)):
        return int(number[1]), number.end()
    if kind == b"l" and deepest:
        return _decode_list(data, at + 1, deepest - 1)
    if kind == b"d" and deepest:
        return _decode_dictionary(data, at + 1, deepest - 1)
    length = _LENGTH.match(data, at)
    if length and length.end() + int(length[1]) <= len(data):
        end = length.end() + int(length[1])
        return data[length.end() : end], end
    raise MalformedError("bencode")


def _decode_list(data: bytes, at: int, deepest: int) -> tuple[Value, int]:
    found: list[Value] = []
    while data[at : at + 1] != b"e":
        value, at = _decode(data, at, deepest)
        found.append(value)
    return found, at + 1


def _decode_dictionary(data: bytes, at: int, deepest: int) -> tuple[Value, int]:
    found: dict[str, Value] = {}
    while data[at : at + 1] != b"e":
        key, at = _decode(data, at, deepest)
        if not isinstance(key, bytes):
            raise MalformedError("bencode: a key")
        found[key.decode("utf-8", "surrogateescape")], at = _decode(data, at, deepest)
    return found, at + 1
