"""The patterns of identifiers. An identifier of another form never existed, and is not looked up."""

from __future__ import annotations

import re
from typing import Final

from directory.errors import NotFoundError

UUID: Final = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CUSTOMER_ID: Final = re.compile("[a-z0-9]{6}-[a-z0-9]{6}")
# The user part of a SIP URI (RFC 3261 §25.1), without what would need escaping there or quoting in a digest.
USERNAME: Final = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
REGISTRATION_ID: Final = re.compile("[0-9a-f]{16}")


def uuid(text: str) -> str:
    """The same text, if it looks like the id of an extension or an access key. Raises NotFoundError."""
    return _checked(text, UUID)


def customer_id(text: str) -> str:
    """The same text, if it looks like the id of a customer. Raises NotFoundError."""
    return _checked(text, CUSTOMER_ID)


def registration_id(text: str) -> str:
    """The same text, if it looks like the id of a registered device. Raises NotFoundError."""
    return _checked(text, REGISTRATION_ID)


def username(text: str) -> str:
    """The same text, if it looks like the username of an extension. Raises NotFoundError."""
    return _checked(text, USERNAME)


def _checked(text: str, shape: re.Pattern[str]) -> str:
    if not shape.fullmatch(text):
        raise NotFoundError
    return text
