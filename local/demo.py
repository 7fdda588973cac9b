"""The demo customer, and how to use the service as this customer."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import requests

from local.emulator import CREDENTIALS, REGION
from local.failure import StartError
from local.settings import HOST, Settings
from local.state import write_private
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


def demo(api_url: str, base: str, settings: Settings, customer: tuple[str, str]) -> Demo:
    """Returns the settings of a client, given the demo customer's id and token."""
    customer_id, token = customer
    return Demo(
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


def is_known(api_url: str, token: str) -> bool:
    """Whether the API knows a customer's token. Raises StartError when it does not tell."""
    answer = requests.get(f"{api_url}/extensions", headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT_S)
    if answer.status_code not in (200, 401, 403):
        raise StartError(f"the demo customer can't be looked up: {answer.status_code} {answer.text}")
    return answer.ok


def new_customer(api_url: str) -> tuple[str, str]:
    """The id and the token of a demo customer that is made. Raises StartError."""
    customer_id = _posted(f"{api_url}/customers", "customer")["id"]
    key = _posted(f"{api_url}/customers/{customer_id}/accesskeys", "softphones")
    return customer_id, key["token"]


def write(demo: Demo, path: Path) -> None:
    """Tell clients that the service is there."""
    write_private(path, json.dumps(asdict(demo), indent=2) + "\n")


def _posted(url: str, name: str) -> Any:
    answer = requests.post(url, json={"name": name}, auth=Signature(CREDENTIALS, REGION), timeout=_TIMEOUT_S)
    if not answer.ok:
        raise StartError(f"the demo customer can't be made: {answer.status_code} {answer.text}")
    return answer.json()


def introduction(demo: Demo, page_url: str) -> str:
    """Returns the text for the person who started the service."""
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
