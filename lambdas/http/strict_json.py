"""JSON read to the letter (RFC 8259), refusing what two readers could take for different things."""

from __future__ import annotations

import json
from typing import NoReturn


class MalformedError(Exception):
    """A text that is no JSON object; the message says why and holds nothing of the text."""


def read_object(text: str) -> dict[str, object]:
    """The object that a JSON text holds.

    Raises MalformedError when the text is no JSON, is nested too deep, or holds another value than an object. Raises it
    too when an object repeats a name (RFC 8259 §4: "unpredictable"). The same holds for a number such as NaN (§6).
    """
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_float=_number, parse_constant=_refuse_constant)
    except RecursionError:
        raise MalformedError("The body is nested too deep.") from None
    except ValueError:  # a number of more digits than Python converts is one, too
        raise MalformedError("The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise MalformedError("The body must be a JSON object.")
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise MalformedError("The body has an object that repeats a name.")
    return members


def _number(text: str) -> int | float:
    """A whole number, however it is written, is an integer (JSON Schema, core §4.2.1)."""
    value = float(text)
    return int(value) if value.is_integer() else value


def _refuse_constant(_: str) -> NoReturn:
    raise MalformedError("The body has a number that JSON does not know.")
