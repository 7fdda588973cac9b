"""The edge's outcome for each message of RFC 4475. Tests hold the edge to this table; `docs/torture.md` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

MESSAGES: Final = Path(__file__).parent / "messages"

FOREIGN: Final = ("403 Forbidden",)  # understood, and for a domain that is not ours: we are nobody's relay
UNKNOWN: Final = ("404 Not Found",)  # understood, and To is no extension's address
NOTHING: Final[tuple[str, ...]] = ()


@dataclass(frozen=True)
class Outcome:
    """One message: `udp` and `tcp` are the answers that it gets, `tcp` the same as `udp` where it is None.

    `closes` says that the connection is closed then. `remark` says what else there is to know about ours.
    """

    name: str
    section: str
    special: str
    asks: str
    udp: tuple[str, ...]
    tcp: tuple[str, ...] | None = None
    closes: bool = False
    remark: str = ""

    @property
    def over_tcp(self) -> tuple[str, ...]:
        return self.udp if self.tcp is None else self.tcp

    @property
    def data(self) -> bytes:
        return (MESSAGES / f"{self.name}.dat").read_bytes()


def _bad(what: str) -> tuple[str, ...]:
    return (f"400 Bad Request - {what}",)


OUTCOMES: Final = (
    Outcome(
        "wsinv",
        "3.1.1.1",
        "A short tortuous INVITE: folding, white space and letter case wherever they are allowed, compact names, "
        "escaped quotes, an empty Subject, unknown header fields",
        "well-formed, to be understood",
        ("481 Call/Transaction Does Not Exist",),
        remark="To has a tag, and its dialog was never ours",
    ),
    Outcome(
        "intmeth",
        "3.1.1.2",
        "Every character that a method, a user part, a display name, a tag, a Call-ID or a header name may have, "
        "an escaped NUL among them",
        "well-formed, to be understood",
        FOREIGN,
    ),
    Outcome(
        "esc01",
        "3.1.1.3",
        "%-escapes in the user parts and URI parameters, one that looks like a scheme and one that hides a %41",
        "unescape once, and compare what comes of it",
        FOREIGN,
    ),
    Outcome(
        "escnull",
        "3.1.1.4",
        "Escaped NULs in user parts",
        "they are characters like others: two different Contacts are two",
        UNKNOWN,
    ),
    Outcome(
        "esc02",
        "3.1.1.5",
        "% where it is no escape: in the method, a header name, a display name, a branch",
        "an unknown method and an unknown header, not REGISTER and Contact",
        FOREIGN,
    ),
    Outcome("lwsdisp", "3.1.1.6", "No space between display name and `<`", "to be understood", FOREIGN),
    Outcome(
        "longreq",
        "3.1.1.7",
        "Very long values, and 34 Vias under all spellings of their name",
        "well-formed, to be understood",
        FOREIGN,
    ),
    Outcome(
        "dblreq",
        "3.1.1.8",
        "A REGISTER of Content-Length 0, and an INVITE behind it in the same datagram",
        "over UDP, ignore what follows the REGISTER",
        UNKNOWN,
        UNKNOWN + FOREIGN,
        closes=True,
        remark="in a stream these are two messages; the octets beyond the length of the second are no message",
    ),
    Outcome("semiuri", "3.1.1.9", "Semicolons in the user part", "they are part of the user", FOREIGN),
    Outcome("transports", "3.1.1.10", "Vias of all transports, an unknown one too", "to be understood", FOREIGN),
    Outcome(
        "mpart01",
        "3.1.1.11",
        "A MESSAGE with a multipart body that holds binary data",
        "to be understood; the body is octets",
        FOREIGN,
    ),
    Outcome(
        "unreason",
        "3.1.1.12",
        "A reason phrase of all sorts of characters",
        "well-formed, to be understood",
        NOTHING,
        remark="a response to nothing of ours is dropped",
    ),
    Outcome(
        "noreason",
        "3.1.1.13",
        "An empty reason phrase",
        "well-formed, to be understood",
        NOTHING,
        remark="a response to nothing of ours is dropped",
    ),
    Outcome("badinv01", "3.1.2.1", "Stray `;` and `,` in Via and Contact", "400", _bad("a parameter")),
    Outcome(
        "clerr",
        "3.1.2.2",
        "Content-Length is larger than the message",
        "over UDP 400; over TCP wait for more, and close the connection when none comes",
        _bad("a Content-Length"),
        NOTHING,
        remark="over TCP it waits; an idle connection is closed",
    ),
    Outcome(
        "ncl",
        "3.1.2.3",
        "A negative Content-Length",
        "an error; over TCP close the connection as well",
        _bad("a Content-Length"),
        closes=True,
    ),
    Outcome(
        "scalar02",
        "3.1.2.4",
        "Numbers in a request that no integer holds",
        "400 for the CSeq; the others may be read as their defaults",
        _bad("a CSeq"),
    ),
    Outcome("scalarlg", "3.1.2.5", "Numbers in a response that no integer holds", "discard it", NOTHING),
    Outcome("quotbal", "3.1.2.6", "A quote in To that never ends", "400, or guess its end", _bad("an address in to")),
    Outcome("ltgtruri", "3.1.2.7", "`<>` around the Request-URI", "400, or ignore them", _bad("a SIP URI")),
    Outcome("lwsruri", "3.1.2.8", "A space in the Request-URI", "400, or ignore it", _bad("a SIP URI")),
    Outcome("lwsstart", "3.1.2.9", "Two spaces in the request line", "400, or ignore them", _bad("a SIP URI")),
    Outcome("trws", "3.1.2.10", "Spaces at the end of the request line", "400, or ignore", _bad("the request line")),
    Outcome(
        "escruri",
        "3.1.2.11",
        "Escaped headers in the Request-URI",
        "400, or ignore them; never forward them",
        _bad("headers in the Request-URI"),
    ),
    Outcome(
        "baddate",
        "3.1.2.12",
        "A Date in a time zone other than GMT",
        "400, or ignore a Date that isn't used",
        FOREIGN,
        remark="a Date is not looked at",
    ),
    Outcome(
        "regbadct",
        "3.1.2.13",
        "A Contact with a `?` and no `<>` around the URI",
        "400, or guess what was meant",
        _bad("an address in contact"),
    ),
    Outcome("badaspec", "3.1.2.14", "Spaces around the URI in `<>`", "400, or ignore them", _bad("an address in to")),
    Outcome(
        "baddn",
        "3.1.2.15",
        "A comma in an unquoted display name; the empty line after the headers is missing, too",
        "400, or guess what was meant",
        _bad("an address in from"),
        NOTHING,
        remark="in a stream the headers may still go on: it waits, and an idle connection is closed",
    ),
    Outcome("badvers", "3.1.2.16", "SIP/7.0", "505", ("505 Version Not Supported",)),
    Outcome("mismatch01", "3.1.2.17", "CSeq names another method", "400", _bad("a CSeq of another method")),
    Outcome(
        "mismatch02",
        "3.1.2.18",
        "An unknown method, and CSeq names another",
        "501, or 400",
        _bad("a CSeq of another method"),
    ),
    Outcome("bigcode", "3.1.2.19", "A status code larger than 2^32", "discard it", NOTHING),
    Outcome(
        "badbranch",
        "3.2.1",
        "A branch that is the magic cookie and nothing else",
        "400, or tell requests apart as RFC 2543 did",
        FOREIGN,
        remark="told apart as RFC 2543 did",
    ),
    Outcome("insuf", "3.3.1", "No Call-ID, From and To", "at best 400", _bad("no from")),
    Outcome(
        "unkscm",
        "3.3.2",
        "A Request-URI of an unknown scheme",
        "416",
        ("416 Unsupported URI Scheme",),
    ),
    Outcome(
        "novelsc",
        "3.3.3",
        "A Request-URI of a registered scheme that is not for SIP",
        "416",
        ("416 Unsupported URI Scheme",),
    ),
    Outcome(
        "unksm2",
        "3.3.4",
        "A REGISTER whose To, From and Contact are of other schemes",
        "a registrar refuses a To that is no SIP URI with 400",
        _bad("a SIP URI"),
    ),
    Outcome(
        "bext01",
        "3.3.5",
        "Require and Proxy-Require of unknown extensions",
        "420, and Unsupported names those of the header that is meant for us",
        ("420 Bad Extension",),
    ),
    Outcome(
        "invut",
        "3.3.6",
        "A body of an unknown type",
        "415 from an endpoint; a proxy doesn't look at it",
        FOREIGN,
    ),
    Outcome(
        "regaut01",
        "3.3.7",
        "Credentials of an unknown scheme",
        "as if there were none: a challenge",
        UNKNOWN,
        remark="at an address of ours: a challenge",
    ),
    Outcome(
        "multi01",
        "3.3.8",
        "Two of each header field that may come once",
        "400",
        _bad("more than one from"),
    ),
    Outcome(
        "mcl01",
        "3.3.9",
        "Two values of Content-Length",
        "an error; over TCP close the connection as well",
        _bad("more than one content-length"),
        closes=True,
    ),
    Outcome(
        "bcast",
        "3.3.10",
        "A 200 whose second Via is the broadcast address",
        "well-formed; discard it, never send it there",
        NOTHING,
        remark="responses go to the flow that the request came over, whatever their Vias say",
    ),
    Outcome("zeromf", "3.3.11", "Max-Forwards: 0", "a proxy answers 483", ("483 Too Many Hops",)),
    Outcome(
        "cparam01",
        "3.3.12",
        "A REGISTER with an unknown parameter of the Contact",
        "the parameter is none of the URI's",
        UNKNOWN,
        remark="at an address of ours: registered without it",
    ),
    Outcome(
        "cparam02",
        "3.3.13",
        "A REGISTER with an unknown parameter of the Contact's URI",
        "the parameter is part of the URI",
        UNKNOWN,
        remark="at an address of ours: registered with it",
    ),
    Outcome(
        "regescrt",
        "3.3.14",
        "A REGISTER with an escaped header in the Contact's URI",
        "register it; the header never shows in a Request-URI",
        UNKNOWN,
        remark="at an address of ours: registered, and called without the header",
    ),
    Outcome(
        "sdp01",
        "3.3.15",
        "An Accept that no element can satisfy",
        "406 from an endpoint; a proxy doesn't look at it",
        FOREIGN,
    ),
    Outcome(
        "inv2543",
        "3.4.1",
        "An INVITE as of RFC 2543: no branch, no tag, no Max-Forwards, no Content-Length",
        "accept it, to get on with old devices",
        FOREIGN,
        _bad("no content-length"),
        closes=True,
        remark="in a stream, a message without Content-Length has no known end (RFC 3261, 18.3)",
    ),
)
BY_NAME: Final = {outcome.name: outcome for outcome in OUTCOMES}
