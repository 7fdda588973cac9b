"""Trimming: a browser's description loses the lines that phones don't read, so that it fits into a datagram.

    | line | towards a phone |
    |---|---|
    | extmap, msid, ssrc, mid, rid, simulcast, rtcp-rsize, rtcp-xr, ice-options | left out |
    | group, msid-semantic and extmap-allow-mixed of the session | left out |
    | rtcp-fb of audio | left out |
    | rtcp-fb of video | left out, but for `nack pli` (RFC 4585) and `ccm fir` (RFC 5104) |
    | formats for repair: rtx, red, ulpfec, flexfec | left out with their attributes |
    | rtpmap of an audio format with a static number (RFC 3551 §6), rtcp of the next port (RFC 3605 §2.1) | left out |

Any other line stays, and so do all lines of media other than audio and video.
"""

from __future__ import annotations

import re
from typing import Final

_SECTION: Final = re.compile(rb"^(?=m=)", re.MULTILINE)
_LINE: Final = re.compile(rb"[^\n]*\n|[^\n]+")
_UNREAD: Final = re.compile(
    rb"a=(?:end-of-candidates|extmap|extmap-allow-mixed|group|ice-options|mid|msid|msid-semantic|rid|rtcp-rsize"
    rb"|rtcp-xr|simulcast|ssrc|ssrc-group)[:\r\n]"
)
_REPAIR: Final = re.compile(rb"^a=rtpmap:(\S+) (?:rtx|red|ulpfec|flexfec(?:-03)?)/", re.MULTILINE | re.IGNORECASE)
_OF_FORMAT: Final = re.compile(rb"a=(?:rtpmap|fmtp|rtcp-fb):(\S+) ")
_FEEDBACK: Final = b"a=rtcp-fb:"
_READ_FEEDBACK: Final = re.compile(rb"a=rtcp-fb:\S+ (?:nack pli|ccm fir)\s*$")
_AUDIO: Final = re.compile(rb"m=audio \S+ \S+ \S")
_VIDEO: Final = re.compile(rb"m=video \S+ \S+ \S")
_STATIC: Final = {
    *(b"a=rtpmap:0 PCMU/8000", b"a=rtpmap:3 GSM/8000", b"a=rtpmap:4 G723/8000", b"a=rtpmap:8 PCMA/8000"),
    *(b"a=rtpmap:9 G722/8000", b"a=rtpmap:13 CN/8000", b"a=rtpmap:18 G729/8000"),
}
_OF_REFUSED: Final = (b"c=", b"a=rtpmap:")


def trim(text: bytes) -> bytes:
    """The description without the lines that phones don't read: see the table above."""
    session, *media = _SECTION.split(text)
    return _without_unread(session) + b"".join([_trim_media(section) for section in media])


def refuse_video(text: bytes) -> bytes:
    """The description with port 0 in each line of video (RFC 3264 §5.1), and without the attributes of its use."""
    return b"".join([_refuse(section) if _VIDEO.match(section) else section for section in _SECTION.split(text)])


def _trim_media(section: bytes) -> bytes:
    if _VIDEO.match(section):
        lines = _without_repair(_without_unread(section))
        return b"".join([line for line in lines if not line.startswith(_FEEDBACK) or _READ_FEEDBACK.match(line)])
    if _AUDIO.match(section):
        lines = _without_repair(_without_unread(section))
        implied = _STATIC | {_next_port(lines[0])}
        return b"".join([line for line in lines if line.rstrip() not in implied and not line.startswith(_FEEDBACK)])
    return section


def _without_repair(section: bytes) -> list[bytes]:
    """The lines of a media description without formats that repair lost packets of others."""
    repair = set(_REPAIR.findall(section))
    first, *lines = _LINE.findall(section)
    kind, port, profile, *formats = first.split()
    kept = [name for name in formats if name not in repair]
    if not repair or not kept:
        return [first, *lines]
    first = b" ".join([kind, port, profile, *kept]) + _line_end(first)
    return [first, *(line for line in lines if not ((of := _OF_FORMAT.match(line)) and of[1] in repair))]


def _next_port(first: bytes) -> bytes:
    """The line that names the usual port of RTCP, the one above that of the media line (RFC 3550 §11)."""
    port = first.split()[1]
    return b"a=rtcp:%d" % (int(port) + 1) if port.isdigit() else b""


def _without_unread(section: bytes) -> bytes:
    return b"".join([line for line in _LINE.findall(section) if not _UNREAD.match(line)])


def _refuse(section: bytes) -> bytes:
    kind, _, *rest = section.partition(b"\n")[0].split()
    first, *lines = _LINE.findall(section)
    refused = b" ".join([kind, b"0", *rest]) + _line_end(first)
    return refused + b"".join([line for line in lines if line.startswith(_OF_REFUSED)])


def _line_end(line: bytes) -> bytes:
    return line[len(line.rstrip(b"\r\n")) :]
