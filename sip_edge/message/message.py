"""A message as its first line, its header lines as they came, and its body.

Nothing is parsed before it is asked for, and unedited lines leave as they came. An edge handles a handful of headers
of each message, and passes the others on.
"""

from __future__ import annotations

import re
from typing import Final

from sip_edge.message.errors import MalformedError
from sip_edge.message.uri import without_headers
from sip_edge.message.values import first_value, split_values

_COMPACT: Final = {  # RFC 3261 §7.3.3, RFC 3515, RFC 3891, RFC 4028, RFC 6665
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
_COMMON: Final = (
    "Accept Allow Allow-Events Authorization Call-ID Contact Content-Disposition Content-Length Content-Type CSeq Date "
    "Event Expires From Max-Forwards Min-Expires Min-SE Organization P-Asserted-Identity P-Preferred-Identity Path "
    "Privacy Proxy-Authenticate Proxy-Authorization Proxy-Require RAck Reason Record-Route Refer-To Referred-By "
    "Replaces Require Route RSeq Server Session-Expires Subject Subscription-State Supported To Unsupported User-Agent "
    "Via Warning WWW-Authenticate"
)
# Spellings of names and what they mean. The common ones are there before anybody can fill it with others.
_NAMES: Final = {name: name.lower() for name in _COMMON.split()} | _COMPACT
_NAMES_KEPT: Final = 512
_LONGEST_KEPT: Final = 32
_TOKEN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~")
_STATUS_LINE: Final = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: |$)")
_BEFORE_A_START: Final = b"\r\n \t\0"
_LINE_END: Final = re.compile(r"\r\n?+|\n")
_HEAD_END: Final = re.compile(rb"(?:\r\n?+|\n){2}")
_BARE_NUL: Final = re.compile(r"(?<!\\)\0")  # behind a backslash it is a character of a quoted string (§25.1)
_CONTROL: Final = "a stray control character"


class Message:
    """The common part of requests and responses. `names[i]` is the canonical (long, lower-case) name of `lines[i]`."""

    __slots__ = ("body", "lines", "names", "start")

    def __init__(self, start: str, names: list[str], lines: list[str], body: bytes) -> None:
        self.start = start
        self.names = names
        self.lines = lines
        self.body = body

    def get(self, name: str) -> str:
        """The value of the first line of that name, "" if there is none."""
        names = self.names
        if name not in names:
            return ""
        line = self.lines[names.index(name)]
        return line[line.index(":") + 1 :].strip()

    def values(self, name: str) -> list[str]:
        """All values of a header that may hold several, in order, however they are spread over lines."""
        found: list[str] = []
        if name not in self.names:
            return found
        for other, line in zip(self.names, self.lines, strict=True):
            if other == name:
                found += split_values(line[line.index(":") + 1 :])
        return found

    def tags(self, name: str) -> list[str]:
        """The option tags of a header (RFC 3261 §19.2), which are tokens: a quote in it begins nothing."""
        found: list[str] = []
        if name not in self.names:
            return found
        for other, line in zip(self.names, self.lines, strict=True):
            if other == name:
                found += [tag for part in line[line.index(":") + 1 :].split(",") if (tag := part.strip())]
        return found

    def line(self, name: str) -> str:
        """The first whole line of that name. Raises MalformedError when there is none."""
        try:
            return self.lines[self.names.index(name)]
        except ValueError:
            raise MalformedError(f"no {name}") from None

    def replace(self, name: str, line: str) -> None:
        """Put `line` in the place of the first line of that name, or at the end when there is none."""
        if name in self.names:
            self.lines[self.names.index(name)] = line
        else:
            self.names.append(name)
            self.lines.append(line)

    def prepend(self, name: str, line: str) -> None:
        """Put `line` before the first line of that name, or on top when there is none."""
        i = self.names.index(name) if name in self.names else 0
        self.names.insert(i, name)
        self.lines.insert(i, line)

    def remove_first_value(self, name: str) -> None:
        """Take away the first value of a header, and its line when nothing else stands there. Raises MalformedError
        when that value has no end."""
        i = self.names.index(name)
        label, _, value = self.lines[i].partition(":")
        if "," in value and (rest := first_value(value)[1].strip(", \t")):
            self.lines[i] = f"{label}: {rest}"
        else:
            del self.names[i], self.lines[i]

    def remove(self, name: str) -> None:
        """Take away every line of that name."""
        if name in self.names:
            kept = [i for i, other in enumerate(self.names) if other != name]
            self.names[:] = [self.names[i] for i in kept]
            self.lines[:] = [self.lines[i] for i in kept]

    def encode(self) -> bytes:
        """The message as it goes out."""
        return "\r\n".join([self.start, *self.lines, "\r\n"]).encode("utf-8", "surrogateescape") + self.body


class Request(Message):
    """A request: `method`, and `uri` as the text of the Request-URI.

    `fault` names what the request is to be refused for, though it could be read; "" for a sound one.
    """

    __slots__ = ("fault", "method", "uri")

    def __init__(self, start: str, names: list[str], lines: list[str], body: bytes, method: str, uri: str) -> None:
        self.start = start
        self.names = names
        self.lines = lines
        self.body = body
        self.method = method
        self.uri = uri
        self.fault = ""

    def copy(self) -> Request:
        """A request of its own to edit."""
        return Request(self.start, self.names[:], self.lines[:], self.body, self.method, self.uri)

    def retarget(self, uri: str) -> None:
        """Replace the Request-URI (RFC 3261 §16.6 step 2), by a URI whose headers are left out."""
        self.uri = without_headers(uri)
        self.start = f"{self.method} {self.uri} SIP/2.0"


NO_REQUEST: Final = Request("", [], [], b"", "", "")
"""Stands in the place of a request that is not needed any more, so that it is freed."""


class Response(Message):
    """A response: `status` is the code, the reason phrase stands in `start`."""

    __slots__ = ("status",)

    def __init__(self, start: str, names: list[str], lines: list[str], body: bytes, status: int) -> None:
        self.start = start
        self.names = names
        self.lines = lines
        self.body = body
        self.status = status


def parse(data: bytes) -> Request | Response:
    """One whole message. Raises MalformedError when it has no readable head.

    Line ends before the message are skipped (RFC 3261 §7.5), and continued lines are joined (§7.3.1). A datagram may
    end where its headers do. A line that is no header is left out: other elements could read it as one, or break off.
    A stray CR, LF or NUL is a fault of a request. In a response, which nothing answers, it ends its line.
    """
    if data[:1] <= b" ":
        data = data.lstrip(_BEFORE_A_START)
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        head, body = _split_loosely(data)
    text = head.decode("utf-8", "surrogateescape")
    if "\r\n " in text or "\r\n\t" in text:
        text = text.replace("\r\n ", " ").replace("\r\n\t", " ")
    lines = text.split("\r\n")
    breaks = len(lines) - 1
    fault = ""
    if text.count("\n") != breaks or text.count("\r") != breaks or ("\0" in text and _BARE_NUL.search(text)):
        fault = _CONTROL
        lines = _without_controls(text)
    start = lines.pop(0)
    try:
        names = [_NAMES[line[: line.index(":")]] for line in lines]
    except (KeyError, ValueError):
        names = [_name_of(line) for line in lines]
        if "" in names:
            lines = [line for name, line in zip(names, lines, strict=True) if name]
            names = [name for name in names if name]
    if start.startswith("SIP/"):
        return Response(start, names, lines, body, _status(start))
    method, uri = _request_line(start)
    request = Request(start, names, lines, body, method, uri)
    request.fault = fault
    return request


def _split_loosely(data: bytes) -> tuple[bytes, bytes]:
    """The head and the body of what has no CRLF CRLF. Raises MalformedError when the head has no end at all."""
    end = _HEAD_END.search(data)
    if end:
        return data[: end.start()], data[end.end() :]
    head = data.rstrip(b"\0")
    if head[-1:] not in (b"\r", b"\n"):
        raise MalformedError("no end of the headers")
    return head.removesuffix(b"\n").removesuffix(b"\r"), b""


def _without_controls(text: str) -> list[str]:
    """The lines of a head in which a CR or LF alone ends a line, too."""
    text = _BARE_NUL.sub("", _LINE_END.sub("\r\n", text))
    return text.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n")


def _request_line(start: str) -> tuple[str, str]:
    """Returns the method and the Request-URI. Wrong spaces and versions get an answer later."""
    method, _, rest = start.partition(" ")
    uri, _, version = rest.rstrip(" ").rpartition(" ")
    if not method or not uri or version[:4].upper() != "SIP/":
        raise MalformedError("the request line")
    return method, uri


def _status(start: str) -> int:
    match = _STATUS_LINE.match(start)
    if not match:
        raise MalformedError("the status line")
    return int(match[1])


def _name_of(line: str) -> str:
    """The canonical name of a header line, "" when the line has no colon or no possible name."""
    raw, colon, _ = line.partition(":")
    if not colon:
        return ""
    known = _NAMES.get(raw)
    if known:
        return known
    name = raw.rstrip(" \t").lower()
    if not name or not raw.isascii() or not _TOKEN.issuperset(name):
        return ""
    name = _COMPACT.get(name, name)
    if len(_NAMES) < _NAMES_KEPT and len(raw) <= _LONGEST_KEPT:
        _NAMES[raw] = name
    return name
