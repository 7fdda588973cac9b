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
from local.demo import demo, introduction, is_known, new_customer, write
from local.deployment import Deployment
from local.edge import Edge
from local.emulator import Emulator
from local.failure import StartError
from local.media_relay import MediaRelay
from local.page import Page
from local.ports import listening_socket, require_free
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
    listening = listening_socket("API_PORT", settings.api_port)
    require_free("SIP_PORT", settings.sip_port, socket.SOCK_DGRAM, socket.SOCK_STREAM)
    require_free("WS_PORT", settings.ws_port, socket.SOCK_STREAM)
    require_free("PAGE_PORT", settings.page_port, socket.SOCK_STREAM)
    emulator.reach_only(settings.api_port)
    if state.lost_since is not None:
        print(_loss(state.lost_since))
    print("Starting the emulator, the API and the SIP edge ...", flush=True)
    # The last one started ends first: the edge may still write to the tables, and the emulator then saves them.
    with ExitStack() as running:
        aws = running.enter_context(Emulator(listening, state))
        templates = synthesized()
        aws.wait_until_ready()
        try:
            deployed = Deployment(templates).deploy()
            relay = _started_relay(running, state)
            edge = running.enter_context(Edge(settings, deployed, state, relay.address if relay else ""))
            api_url = aws.local_url(deployed[outputs.API_URL])
            customer = demo(api_url, deployed[outputs.BASE_DOMAIN], settings, _demo_customer(api_url, state))
        except (BotoCoreError, ClientError, OSError) as error:
            aws.check()  # if it has ended, that says more than a lost connection
            raise StartError(f"the emulator failed: {error}") from error
        edge.wait_until_ready()
        if relay:
            relay.wait_until_ready()
        page = running.enter_context(Page(settings.page_port, customer))
        write(customer, state.demo_file)
        print(introduction(customer, page.url))
        print(f"{media_relay.USED if relay else media_relay.MISSING}\n")
        print(f"Ready. What the parts log is in {state.folder}/*.log. Ctrl-C ends all and keeps the data.", flush=True)
        while True:
            aws.tell_reports()
            for child in (aws, edge, relay):
                if child:
                    child.check()
            time.sleep(_CHECK_S)


def _started_relay(running: ExitStack, state: State) -> MediaRelay | None:
    if not media_relay.program():
        return None
    return running.enter_context(MediaRelay(state.log_file("rtpengine"), (state.parts_lock,)))


def _demo_customer(api_url: str, state: State) -> tuple[str, str]:
    """The id and the token of the last run's demo customer, or of a new one."""
    if state.customer:
        customer_id, token = state.customer
        if is_known(api_url, token):
            return state.customer
        print(f"The token of the demo customer {customer_id} is not known any more. There is a new customer.")
    return new_customer(api_url)


def _loss(since: float) -> str:
    """Returns the warning about a former run that did not save its end."""
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(since))
    return f"The last run was killed, or could not save. What was written after {at}, when it last saved, is lost."


def _ask_to_stop(*_: object) -> NoReturn:
    """Stop once; who is impatient does not cost the data."""
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, signal.SIG_IGN)
    raise _AskedToStop
