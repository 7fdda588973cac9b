"""Waiting for servers."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Final

from bench.places import SERVER, SIP_PORT
from bench.process import Process

_LONGEST_S: Final = 30
_PAUSE_S: Final = 0.1
_QUESTION: Final = (
    f"OPTIONS sip:{SERVER}:{SIP_PORT} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKready{0}\r\nMax-Forwards: 70\r\n"
    "From: <sip:ready@outside.example>;tag=1\r\nTo: <sip:ready@outside.example>\r\nCall-ID: ready{0}\r\n"
    "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


def wait_for(process: Process, is_ready: Callable[[], bool]) -> None:
    """Raises RuntimeError when the process ends before it is ready, or takes too long."""
    deadline = time.monotonic() + _LONGEST_S
    while not is_ready():
        if process.has_ended() or time.monotonic() > deadline:
            raise RuntimeError("a server did not start; its log tells why")
        time.sleep(_PAUSE_S)


def answers_sip() -> bool:
    """Whether something answers OPTIONS, with whatever status."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.settimeout(_PAUSE_S)
        try:
            phone.sendto(_QUESTION.format(time.monotonic_ns()).encode(), (SERVER, SIP_PORT))
            return bool(phone.recv(4096))
        except OSError:
            return False


def accepts(host: str, port: int) -> bool:
    """Whether something accepts TCP connections."""
    try:
        socket.create_connection((host, port), _PAUSE_S).close()
    except OSError:
        return False
    return True
