"""Phones with push parameters, and the registrar's view of them."""

from __future__ import annotations

import re

from directory.schema.model import Binding
from sip_edge.message.message import Response
from tests.sip_edge.rig import Phone, Rig

TOKEN = "c" * 40


def push_rig() -> Rig:
    """Returns a rig with the extension alice, whose customer has one push app."""
    rig = Rig()
    rig.add_extension("alice")
    rig.world.pusher.apps = {"fcm": {"project-1"}}
    return rig


def push_uri(host: str = "10.0.0.5:5060", prid: str = TOKEN, provider: str = "fcm", param: str = "project-1") -> str:
    return f"sip:alice@{host};pn-provider={provider};pn-param={param};pn-prid={prid}"


def contact(uri: str = "", parameters: str = "") -> str:
    return f"<{uri or push_uri()}>{parameters}"


def bindings(rig: Rig) -> tuple[Binding, ...]:
    return rig.address("alice").live_bindings(rig.now)


def feature_caps(response: Response) -> list[str]:
    """Returns the values without the PURR, which is another one each time."""
    return [re.sub(r';\+sip\.pnspurr="[^"]*"', "", value) for value in response.values("feature-caps")]


def connected(rig: Rig, transport: str = "TLS") -> Phone:
    port = 40000 + int(rig.unique())
    return Phone(rig, "alice", rig.flow(port=port, transport=transport))
