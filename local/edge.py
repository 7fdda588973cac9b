"""The SIP edge."""

from __future__ import annotations

import json
from collections.abc import Mapping

from directory.schema import tables
from infra import outputs
from local.child import Child, module
from local.settings import HOST, Settings
from local.state import State


class Edge(Child):
    """The running edge; `deployed` are the outputs of the stacks, `media_relay` an rtpengine's address or ""."""

    name = "the SIP edge"
    start_timeout_s = 20
    # An edge finishes its transactions before it goes.
    stop_timeout_s = 20

    def __init__(self, settings: Settings, deployed: Mapping[str, str], state: State, media_relay: str) -> None:
        environment = {
            "BASE_DOMAIN": deployed[outputs.BASE_DOMAIN],
            "REALM": deployed[outputs.REALM],
            "SIP_HOST": HOST,
            "SIP_PORT": str(settings.sip_port),
            "WS_PORT": str(settings.ws_port),
            "ADVERTISED_HOST": HOST,
            "DRAIN_SECONDS": "5",
            "SIP_SECRET": state.sip_secret,
            "RTPENGINES": media_relay,
            **{table.variable: deployed[outputs.table_name(table)] for table in tables.EDGE},
        }
        super().__init__(module("sip_edge"), environment, state.log_file("edge"), (state.parts_lock,))

    def is_ready(self) -> bool:
        """Whether the edge has said that it listens."""
        return any(_message(line) == "listening" for line in self.log.read_text().splitlines())


def _message(line: str) -> object:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event.get("message") if isinstance(event, dict) else None
