"""Our edge, on the endpoint that answers from memory."""

from __future__ import annotations

import json
import urllib.request
from functools import partial
from pathlib import Path
from typing import Final

from bench.interpreter import best
from bench.peers.peer import Peer
from bench.peers.ready import accepts, answers_sip, wait_for
from bench.places import ENDPOINT_PORT, OTHER_CORES, REALM, SERVER, SERVER_CORES, SIP_PORT
from bench.process import Process
from directory.schema import tables

_ENDPOINT: Final = f"http://{SERVER}:{ENDPOINT_PORT}"
EDGE_ENVIRONMENT: Final = {
    **{table.variable: table.name for table in tables.ALL},
    "AWS_ENDPOINT_URL": _ENDPOINT,
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
}


class Edge(Peer):
    """One edge process, and `users` extensions behind it."""

    challenge = 407

    def __init__(self, folder: Path, users: int) -> None:
        super().__init__(folder)
        self._users = users

    def begin(self) -> None:
        """Start the endpoint and the edge."""
        folder = self.folder
        interpreter, environment = best()
        command = (interpreter, "-m", "bench.endpoint", SERVER, str(ENDPOINT_PORT), str(self._users))
        endpoint = self.start(Process(command, OTHER_CORES, folder / "endpoint.log", environment))
        wait_for(endpoint, partial(accepts, SERVER, ENDPOINT_PORT))
        settings = {
            **environment,
            **EDGE_ENVIRONMENT,
            "BASE_DOMAIN": REALM,
            "SIP_HOST": SERVER,
            "ADVERTISED_HOST": SERVER,
            "SIP_PORT": str(SIP_PORT),
            # All load comes from two addresses.
            "MAX_CALLS_PER_SECOND": "1000000",
            "MAX_CONNECTIONS_PER_SOURCE": "20000",
            "MAX_TRANSACTIONS": "1000000",
            "SIP_SECRET": "of no worth to anybody: this is a benchmark",
            "LOG_LEVEL": "WARNING",
        }
        self.server = self.start(Process((interpreter, "-m", "sip_edge"), SERVER_CORES, folder / "edge.log", settings))
        wait_for(self.server, answers_sip)

    def counts(self) -> dict[str, float]:
        """Returns the counts of the endpoint so far."""
        with urllib.request.urlopen(_ENDPOINT, timeout=5) as answer:
            found: dict[str, float] = json.load(answer)
        return found
