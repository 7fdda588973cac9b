"""SIP messages, as far as the agent sends and reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_COMPACT: Final = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}
_BRANCH: Final = re.compile(r"branch=([^;,\s]+)")
_TAG: Final = re.compile(r";\s*tag=([^;,\s]+)", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"<([^>]*)>")
_FOLDED: Final = re.compile(r"\r\n[ \t]+")


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response: its first line, its headers by lower-case names in their order, and its body."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def status(self) -> int:
        """The status of a response, 0 of a request."""
        return int(self.first.split(" ", 2)[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method of a request, or of the request that a response answers."""
        return self.header("cseq").split()[-1]

    @property
    def transaction(self) -> tuple[str, str]:
        """The branch of the topmost Via and the method: the transaction of the message (RFC 3261 §17)."""
        found = _BRANCH.search(self.header("via"))
        return found[1] if found else "", self.method

    @property
    def target(self) -> str:
        """The URI of the Contact, to which further requests of the dialog go."""
        contact = self.header("contact")
        found = _ADDRESS.search(contact)
        return found[1] if found else contact.partition(";")[0].strip()

    @property
    def route_set(self) -> list[str]:
        """The Record-Route values in their order."""
        return [value.strip() for line in self.all("record-route") for value in re.split(r",(?=\s*<)", line)]

    def header(self, name: str) -> str:
        """The first header of a name, "" when there is none."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """All headers of a name."""
        return [value for known, value in self.headers if known == name]

    def tag(self, name: str) -> str:
        """The tag of a From or To header, "" without one."""
        found = _TAG.search(self.header(name))
        return found[1] if found else ""


def parse(data: bytes) -> Message | None:
    """Returns the message of a datagram, None for one that is no SIP."""
    head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
    first, *lines = _FOLDED.sub(" ", head).split("\r\n")
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        key = name.strip().lower()
        headers.append((_COMPACT.get(key, key), value.strip()))
    found = Message(first, tuple(headers), body)
    is_sip = re.fullmatch(r"SIP/2\.0 [1-6]\d\d .*|[A-Z]+ \S+ SIP/2\.0", first)
    return found if is_sip and found.header("cseq").split() else None


def written(first: str, headers: Sequence[tuple[str, str]], body: str = "") -> bytes:
    """Returns a message as a datagram."""
    described = [("Content-Type", "application/sdp")] if body else []
    lines = [first, *(f"{name}: {value}" for name, value in [*headers, *described])]
    return "\r\n".join([*lines, f"Content-Length: {len(body.encode())}", "", body]).encode()
