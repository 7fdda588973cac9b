"""Starting all parts in order, watching them, and ending them in an order that saves the data."""

from __future__ import annotations

import signal
import socket
import sys
import time
from contextlib import ExitStack
from typing import Final, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from infra import outputs
from local import emulator, media_relay
from local.demo import demo, introduction
from local.deployment import Deployment
from local.edge import Edge
from local.emulator import Emulator
from local.failure import StartError
from local.media_relay import MediaRelay
from local.page import Page
from local.ports import require_free
from local.settings import Settings, read_settings
from local.state import State
from local.synthesis import synthesized

_CHECK_S: Final = 0.5


class _AskedToStop(BaseException):
    """Ctrl-C or SIGTERM came."""


def main() -> int:
    """Run the service until it is asked to stop; the exit status."""
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, _ask_to_stop)
    try:
        _run(read_settings())
    except _AskedToStop:
        return 0
    except (StartError, OSError) as error:
        print(f"sip-extensions: {error}", file=sys.stderr)
        return 1


def _run(settings: Settings) -> NoReturn:
    state = State(settings.state_dir)
    require_free("API_PORT", settings.api_port, socket.SOCK_STREAM)
    require_free("SIP_PORT", settings.sip_port, socket.SOCK_DGRAM, socket.SOCK_STREAM)
    require_free("WS_PORT", settings.ws_port, socket.SOCK_STREAM)
    require_free("PAGE_PORT", settings.page_port, socket.SOCK_STREAM)
    emulator.reach_only(settings.api_port)
    print("Starting the emulator, the API and the SIP edge ...", flush=True)
    # What was started last ends first: the edge may still write to the tables, the emulator then saves them.
    with ExitStack() as running:
        aws = running.enter_context(Emulator(settings.api_port, state))
        templates = synthesized()
        aws.wait_until_ready()
        try:
            deployed = Deployment(templates).deploy()
            relay = running.enter_context(MediaRelay(state.log_file("rtpengine"))) if media_relay.program() else None
            edge = running.enter_context(Edge(settings, deployed, state, relay.address if relay else ""))
            api_url = aws.local_url(deployed[outputs.API_URL])
            customer = demo(api_url, deployed[outputs.BASE_DOMAIN], settings, state)
        except (BotoCoreError, ClientError, OSError) as error:
            aws.check()  # if it has ended, that says more than a lost connection
            raise StartError(f"the emulator failed: {error}") from error
        edge.wait_until_ready()
        if relay:
            relay.wait_until_ready()
        page = running.enter_context(Page(settings.page_port, customer))
        print(introduction(customer, page.url))
        print(f"{media_relay.USED if relay else media_relay.MISSING}\n")
        print(f"Ready. What the parts log is in {state.folder}/*.log. Ctrl-C ends all and keeps the data.", flush=True)
        while True:
            for child in (aws, edge, relay):
                if child:
                    child.check()
            time.sleep(_CHECK_S)


def _ask_to_stop(*_: object) -> NoReturn:
    """Stop once; who is impatient does not cost the data."""
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, signal.SIG_IGN)
    raise _AskedToStop
