"""Edges at loopback addresses of their own, on one stand-in for DynamoDB."""

from __future__ import annotations

import json
import os
import signal
import socket
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from bench.interpreter import best
from bench.peers.ready import accepts, wait_for
from bench.places import CUSTOMER, REALM, username
from bench.process import Process
from directory.schema import items, push_items, tables
from directory.schema.model import Address, PushApp, aor

EDGES: Final = ("127.0.78.1", "127.0.78.2", "127.0.78.3")
_ENDPOINT: Final = "127.0.78.9"
_CORES: Final = ",".join(map(str, sorted(os.sched_getaffinity(0))))
_AT_ONCE: Final = 100  # keys of a BatchGetItem


class Fleet:
    """As a context manager it runs: an edge at each of `hosts`, and `users` extensions of one device each.

    `settings` gives those of the edge at a host that differ from the defaults.
    """

    def __init__(
        self, folder: Path, hosts: Iterable[str], users: int, settings: Callable[[str], Mapping[str, str]] | None = None
    ) -> None:
        self._folder = folder
        self._settings = settings or (lambda _: {})
        self._hosts = list(hosts)
        self._users = users
        self._started = ExitStack()
        self._edges: dict[str, Process] = {}
        self._interpreter, self._environment = best()
        self._endpoint_port = free_port(_ENDPOINT)
        self._fleet_port = free_port(self._hosts[0])
        self.port = free_port(self._hosts[0])

    def __enter__(self) -> Self:
        with self._started:
            self._begin()
            self._started = self._started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._started.close()

    def _begin(self) -> None:
        command = (self._interpreter, "-m", "bench.endpoint", _ENDPOINT, str(self._endpoint_port), str(self._users))
        process = Process(command, _CORES, self._folder / "endpoint.log", self._environment)
        wait_for(self._started.enter_context(process), partial(accepts, _ENDPOINT, self._endpoint_port))
        for host in self._hosts:
            self._launch(host)
        for host in self._hosts:
            self._await(host)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where the edges listen."""
        return [(host, self.port) for host in self._hosts]

    def start(self, host: str) -> None:
        """Start an edge, and wait until it listens. Raises RuntimeError when it doesn't."""
        if host not in self._hosts:
            self._hosts.append(host)
        self._launch(host)
        self._await(host)

    def kill(self, host: str) -> None:
        """The sudden death of an edge."""
        process = self._edges.pop(host)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self, host: str, within_s: float) -> None:
        """SIGTERM, and the wait for an edge's own end. Raises TimeoutExpired."""
        process = self._edges.pop(host)
        os.kill(process.pid, signal.SIGTERM)
        process.wait(within_s)

    def memory_mb(self, host: str) -> float:
        """Resident memory of an edge."""
        return self._edges[host].memory_kb() / 1024

    def troubles(self) -> list[str]:
        """Returns the troubles of the edges: those that have ended by themselves, and errors in their logs."""
        ended = [f"the edge at {host} has ended" for host, edge in self._edges.items() if edge.has_ended()]
        errors = [
            line
            for host in self._hosts
            for line in self._log(host).read_text().splitlines()
            if "internal_error" in line or "Traceback" in line
        ]
        return [*ended, *errors[:5]]

    def addresses_of(self, numbers: range) -> dict[int, Address]:
        """Returns the stored addresses of users, by their numbers."""
        found: dict[int, Address] = {}
        for first in range(numbers.start, numbers.stop, _AT_ONCE):
            some = range(first, min(first + _AT_ONCE, numbers.stop))
            keys = [{tables.ADDRESSES.partition_key: items.text(aor(username(number), CUSTOMER))} for number in some]
            read = map(items.address, self._read(keys))
            found |= {int(address.username.removeprefix("u")): address for address in read}
        return found

    def add_push_app(self, app: PushApp) -> None:
        """Store a push app, whose key is not encrypted."""
        self._ask("PutItem", {"TableName": tables.PUSH_APPS.name, "Item": push_items.push_app_item(app)})

    def _launch(self, host: str) -> None:
        settings = {
            **self._environment,
            **{table.variable: table.name for table in tables.ALL},
            "AWS_ENDPOINT_URL": f"http://{_ENDPOINT}:{self._endpoint_port}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "chaos",
            "AWS_SECRET_ACCESS_KEY": "chaos",
            "BASE_DOMAIN": REALM,
            "SIP_HOST": host,
            "ADVERTISED_HOST": self._hosts[0],
            "SIP_PORT": str(self.port),
            "FLEET_ADDRESS": host,
            "FLEET_PORT": str(self._fleet_port),
            # All callers are at one address.
            "MAX_CALLS_PER_SECOND": "1000000",
            # Nobody: what is made up leads to no real name server.
            "DNS_SERVERS": f"{_ENDPOINT}:9",
            "DRAIN_SECONDS": "0",
            "SIP_SECRET": "of no worth to anybody: this is an experiment",
            "LOG_LEVEL": "WARNING",
            **self._settings(host),
        }
        process = Process((self._interpreter, "-m", "sip_edge"), _CORES, self._log(host), settings)
        self._edges[host] = self._started.enter_context(process)

    def _await(self, host: str) -> None:
        wait_for(self._edges[host], partial(accepts, host, self.port))

    def _read(self, keys: list[dict[str, dict[str, str]]]) -> list[items.ReadItem]:
        table = tables.ADDRESSES.name
        answer = self._ask("BatchGetItem", {"RequestItems": {table: {"Keys": keys, "ConsistentRead": True}}})
        rows: list[items.ReadItem] = answer["Responses"][table]
        return rows

    def _ask(self, operation: str, question: object) -> Any:
        request = urllib.request.Request(
            f"http://{_ENDPOINT}:{self._endpoint_port}",
            json.dumps(question).encode(),
            {"X-Amz-Target": f"DynamoDB_20120810.{operation}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def _log(self, host: str) -> Path:
        return self._folder / f"edge-{host}.log"


def free_port(host: str) -> int:
    """Returns a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
