"""The demo customer, and how to use the service as this customer."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

import requests

from local.emulator import CREDENTIALS, REGION
from local.failure import StartError
from local.settings import HOST, Settings
from local.state import State, read_json, write_private
from sipctl.signature import Signature

_TIMEOUT_S: Final = 30


@dataclass(frozen=True, slots=True)
class Demo:
    """All that a client of the service needs to know. `api_url` goes up to the version.

    The key and the region are those by which the operator signs.
    """

    api_url: str
    token: str
    customer_id: str
    base: str
    sip_host: str
    sip_port: int
    ws_port: int
    access_key_id: str
    secret_access_key: str
    region: str


def demo(api_url: str, base: str, settings: Settings, state: State) -> Demo:
    """The demo customer of the last run while its token is good, else a new one; written to the state folder.

    Raises StartError.
    """
    customer_id, token = _known_customer(api_url, state) or _new_customer(api_url)
    made = Demo(
        api_url,
        token,
        customer_id,
        base,
        HOST,
        settings.sip_port,
        settings.ws_port,
        CREDENTIALS.access_key,
        CREDENTIALS.secret_key,
        REGION,
    )
    write_private(state.demo_file, json.dumps(asdict(made), indent=2) + "\n")
    return made


def _known_customer(api_url: str, state: State) -> tuple[str, str] | None:
    if not state.demo_file.exists():
        return None
    known = read_json(state.demo_file)
    token = str(known.get("token", ""))
    answer = requests.get(f"{api_url}/extensions", headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT_S)
    return (str(known.get("customer_id", "")), token) if answer.ok else None


def _new_customer(api_url: str) -> tuple[str, str]:
    customer_id = _posted(f"{api_url}/customers", "customer")["id"]
    key = _posted(f"{api_url}/customers/{customer_id}/accesskeys", "softphones")
    return customer_id, key["token"]


def _posted(url: str, name: str) -> Any:
    answer = requests.post(url, json={"name": name}, auth=Signature(CREDENTIALS, REGION), timeout=_TIMEOUT_S)
    if not answer.ok:
        raise StartError(f"the demo customer can't be made: {answer.status_code} {answer.text}")
    return answer.json()


def introduction(demo: Demo, page_url: str) -> str:
    """What to tell the person who started the service."""
    url, token = demo.api_url, demo.token
    return f"""\
Page         {page_url}
REST API     {url}
Token        {token}

  # list the extensions
  curl '{url}/extensions?token={token}'

  # create one
  curl -X POST '{url}/extensions?token={token}' -H 'Content-Type: application/json' \\
    -d '{{"name": "office-phone-1", "username": "office1", "password": "secure-password-123"}}'

  # get one, by the id that creating or listing tells
  curl '{url}/extensions/ID?token={token}'

Softphone, for the extension above
  Username   office1
  Password   secure-password-123
  Domain     {demo.customer_id}.registrar.{demo.base}
  Proxy      {demo.sip_host}:{demo.sip_port} (UDP or TCP)
  WebSocket  ws://{demo.sip_host}:{demo.ws_port} (phones in browsers)
"""
