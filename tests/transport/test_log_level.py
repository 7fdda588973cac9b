"""The log level of running edges and functions, switched over REST."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from uuid import uuid4

import requests

from local.emulator import session
from tests.edge_process import EdgeProcess, StartEdge
from tests.rest.client import Api
from tests.service import Service
from tests.waiting import wait_until

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
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as peer:
        peer.settimeout(5)

        def is_so() -> bool:
            before = len(edge.events())
            peer.sendto(b"not SIP\r\n\r\n", ("127.0.0.1", edge.port()))
            # The answer to the second datagram shows that the first was dealt with.
            peer.sendto(OPTIONS % uuid4().hex.encode(), ("127.0.0.1", edge.port()))
            peer.recv(4096)
            written = [event["message"] for event in edge.events()[before:]]
            return ("dropped_malformed" in written) is on

        wait_until(is_so, f"debug lines are {'on' if on else 'off'}")


def wait_until_functions_tell_all(service: Service) -> None:
    """Until a call that changes nothing leaves a line."""
    api = Api(service.api_url, service.customer_id, service.token)
    logs = session().client("logs", endpoint_url=service.endpoint)
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]

    def tell_all() -> bool:
        began = int(time.time() * 1000) - 1
        request_id = api.call("GET", "/extensions", params={"page_size": 1}).headers["X-Request-Id"]
        return any(
            '"answered"' in event["message"] and request_id in event["message"]
            for group in groups
            for event in logs.filter_log_events(logGroupName=group, startTime=began)["events"]
        )

    wait_until(tell_all, "a call leaves a line", timeout_s=30)


def test_the_level_changes_while_they_run(service: Service, start_edge: StartEdge) -> None:
    edge = start_edge()
    wait_until_debug_is(edge, False)
    switch(service, "DEBUG", 600)
    wait_until_debug_is(edge, True)
    wait_until_functions_tell_all(service)
    switch(service, "DEBUG", 0)
    wait_until_debug_is(edge, False)
