"""The log level of running edges, switched over REST."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from uuid import uuid4

import requests

from tests.edge_process import EdgeProcess, StartEdge
from tests.service import Service

OPTIONS = (
    b"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK%s\r\n"
    b"From: <sip:level@outside.example>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: level\r\nCSeq: 1 OPTIONS\r\n"
    b"Content-Length: 0\r\n\r\n"
)


def switch(service: Service, level: str, seconds: int) -> None:
    body = {"log_level": level, "for_seconds": seconds}
    answer = requests.put(f"{service.api_url}/edges", json=body, auth=service.operator, timeout=30)
    assert answer.status_code == 200, answer.text


def wait_until_debug_is(edge: EdgeProcess, on: bool) -> None:
    """Until a datagram that is no message leaves a line, or leaves none."""
    deadline = time.monotonic() + 10
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as peer:
        peer.settimeout(5)
        while time.monotonic() < deadline:
            before = len(edge.events())
            peer.sendto(b"not SIP\r\n\r\n", ("127.0.0.1", edge.port()))
            # The answer to the second datagram shows that the first was dealt with.
            peer.sendto(OPTIONS % uuid4().hex.encode(), ("127.0.0.1", edge.port()))
            peer.recv(4096)
            written = [event["message"] for event in edge.events()[before:]]
            if ("dropped_malformed" in written) is on:
                return
            time.sleep(0.1)
    raise AssertionError(f"debug lines were not {'on' if on else 'off'}")


def test_the_level_changes_while_the_edge_runs(service: Service, start_edge: StartEdge) -> None:
    edge = start_edge()
    wait_until_debug_is(edge, False)
    switch(service, "DEBUG", 600)
    wait_until_debug_is(edge, True)
    switch(service, "DEBUG", 0)
    wait_until_debug_is(edge, False)
