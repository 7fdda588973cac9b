"""Measures the memory of an edge: for a registered phone, for an idle connection, for a call."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, closing
from typing import Final

from bench import scenarios
from bench.core.phone import Phone
from bench.core.rig import Wire
from bench.load import Sipp
from bench.peers.edge import Edge
from bench.places import CALLEE, CALLER, DOMAIN, SERVER, SIP_PORT, password, username

USERS: Final = range(2000)
_FIRST_PHONE: Final = 2000  # who is none of these users: a second device would first be asked for
_PHONES: Final = 2000
_CONNECTIONS: Final = 1000
_CALLS: Final = 4000
_CALLS_PER_S: Final = 400
_PATIENCE_S: Final = 5
_TRANSACTION_S: Final = 33  # a second longer than Timer J (RFC 3261 §17.2.2)


def measure_memory(edge: Edge, sipp: Sipp) -> dict[str, float]:
    """Kilobytes of resident memory for each, by what it is. `sipp` plays USERS.

    The edge is fresh, and its fixed needs come first. The transactions of the first phones are over before as many
    others come in their place. So the rest is the need of a phone for as long as it is registered.
    """
    scenario = scenarios.registration(edge.challenge)
    sipp.register(scenario, 500, len(USERS) / 500)
    time.sleep(_TRANSACTION_S)
    found = {}
    before = edge.server.memory_kb()
    for number in range(_FIRST_PHONE, _FIRST_PHONE + _PHONES):
        _register(number)
    found["registered UDP phone"] = (edge.server.memory_kb() - before) / _PHONES
    with ExitStack() as connections:
        before = edge.server.memory_kb()
        for _ in range(_CONNECTIONS):
            connection = connections.enter_context(closing(socket.create_connection((SERVER, SIP_PORT))))
            connection.settimeout(_PATIENCE_S)
            connection.sendall(b"\r\n\r\n")
            connection.recv(2)  # the answer to a ping: the connection is served
        found["idle TCP connection"] = (edge.server.memory_kb() - before) / _CONNECTIONS
    with sipp.callee(scenarios.callee()):
        time.sleep(0.5)
        before = edge.server.memory_kb()
        # Within the 32 s that the transactions of a call are kept.
        outcome = sipp.call(scenarios.call(), _CALLS_PER_S, _CALLS / _CALLS_PER_S)
        found["call"] = (edge.server.memory_kb() - before) / max(1, outcome.completed)
    return found


def _register(number: int) -> None:
    """One phone with a socket of its own, as phones have."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone_socket:
        phone_socket.settimeout(_PATIENCE_S)
        phone_socket.bind((CALLER, 0))
        phone_socket.connect((SERVER, SIP_PORT))
        wire = Wire(CALLEE, phone_socket.getsockname()[1])
        phone = Phone(username(number), DOMAIN, wire, password(number))
        phone_socket.send(phone.register())
        wire.last = _answer(phone_socket)
        phone_socket.send(phone.register_again())
        if not _answer(phone_socket).startswith(b"SIP/2.0 200"):
            raise RuntimeError("a phone could not register")


def _answer(phone_socket: socket.socket) -> bytes:
    """The next answer; a keepalive may come before it, for a phone that had the port before."""
    data = b""
    while not data.strip():
        data = phone_socket.recv(4096)
    return data
