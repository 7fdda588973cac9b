"""Reads the push parameters of a Contact (RFC 8599 section 4.1), as the registrar gets them.

Phones write them in many ways. This table has those that are understood; names are case-insensitive.

    | written | meaning |
    |---|---|
    | `pn-provider` without a value | the question for all services (RFC 8599 section 4.1.2) |
    | `pn-provider=fcm` without `pn-prid` | the question for this service |
    | `pn-provider=apns;pn-param=TEAM.bundle;pn-prid=token` | APNs, a token for alerts and background pushes |
    | `pn-provider=apns;pn-param=TEAM.bundle.voip;pn-prid=token` | APNs, a PushKit token |
    | `pn-param=TEAM.bundle.voip&remote;pn-prid=a:voip&b:remote` | APNs, both tokens, in any order (Linphone) |
    | `pn-provider=apns.dev`, `apns.sandbox`, `apns-dev` | the sandbox of APNs (Linphone) |
    | `pn-param=bundle` | APNs without a team: the bundle identifies the app |
    | `pn-provider=fcm;pn-param=project;pn-prid=token` | FCM; the project's id, or its number (Linphone) |
    | `pn-type=apple;app-id=bundle.voip.prod;pn-tok=token` | the older family; `.dev` means the sandbox |
    | `pn-type=firebase;app-id=number;pn-tok=token` | the older family; `google` is the same |
    | `pn-silent`, `pn-timeout`, `pn-call-str`, `pn-groupchat-str`, sounds, intervals | read over |
    | `pn-msg-str=IM_MSG` | the app's own key of the text that announces a message (APNs) |

Values may be escaped or quoted. Parameters of the URI count before those of the Contact header, where some phones put
them. Values that can't be used make no target.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, NamedTuple

from sip_edge.message.uri import unescaped
from sip_edge.message.values import unquote

APNS: Final = "apns"
FCM: Final = "fcm"
SERVICES: Final = (APNS, FCM)
"""The services that an edge can use, as `pn-provider` and the feature-capability `sip.pns` name them."""

_OTHER_NAMES: Final = {
    "apple": APNS,
    "apns.dev": APNS,
    "apns-dev": APNS,
    "apns.sandbox": APNS,
    "apns.prod": APNS,
    "firebase": FCM,
    "google": FCM,
    "android": FCM,
}
_SANDBOXES: Final = frozenset(("apns.dev", "apns-dev", "apns.sandbox"))
_VOIP: Final = "voip"
_REMOTE: Final = "remote"
_PARAMETER: Final = re.compile(r'\s*+([^\s;="]++)\s*+(?:=\s*+("(?:[^"\\]++|\\.)*+"|[^;"]*+))?+[^;]*+;?', re.DOTALL)
# The characters of a team's id. A reversed domain name begins with lower-case letters as a rule.
_TEAM: Final = re.compile(r"[A-Z0-9]{8,10}")
_BUNDLE: Final = re.compile(r"[A-Za-z0-9-]{1,100}(?:\.[A-Za-z0-9-]{1,100}){1,10}")
_PROJECT: Final = re.compile(r"[a-z0-9-]{4,40}")
# Apple's tokens are 32 bytes today, and Apple asks that no length is relied on. They end up in a path.
_APNS_TOKEN: Final = re.compile(r"[0-9A-Fa-f]{32,256}")
_FCM_TOKEN: Final = re.compile(r"[A-Za-z0-9_:.-]{16,512}")
_TEXT_KEY: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class Purpose(Enum):
    """The reason of a push. It decides which of an iPhone's two tokens is used."""

    CALL = "call"
    MESSAGE = "message"
    REFRESH = "refresh"
    TEST = "test"


class PushTarget(NamedTuple):
    """An app on a device that can be woken.

    `app` is the bundle id (APNs), or the project's id or number (FCM). `team` is "" where the phone names none.
    `voip_token` and `remote_token` are secrets of the device, "" when absent; a token of FCM is a `remote_token`.
    `message_key` names the app's own text for an alert, "" for none. Equal targets are the same app on the same device.
    """

    service: str
    app: str
    team: str
    is_sandbox: bool
    voip_token: str
    remote_token: str
    message_key: str = ""

    def token_for(self, purpose: Purpose) -> str:
        """Returns the token that a push for this purpose goes to, "" when there is none.

        A PushKit token is for calls alone: iOS ends an app that shows no call after such a push.
        """
        if purpose is Purpose.CALL and self.voip_token:
            return self.voip_token
        return self.remote_token

    def is_same_device(self, other: PushTarget) -> bool:
        """Whether the other names the same app and the same tokens: whatever else a REGISTER changes."""
        return self[:6] == other[:6]

    def __repr__(self) -> str:
        """Returns the app without the tokens."""
        return f"PushTarget({self.service}, {self.app})"


class PushParameters(NamedTuple):
    """The push parameters of one Contact.

    `service` is one of SERVICES, another service's name as it came, or "" for the question for all of them. `target` is
    None for a question, for a service that is not ours, and for values that can't be used.
    """

    service: str
    is_question: bool
    target: PushTarget | None

    @property
    def is_unsupported(self) -> bool:
        """Whether the service is none of ours, or its values can't be used: 555 (RFC 8599 section 5.3.2)."""
        return bool(self.service) and (self.service not in SERVICES or (self.target is None and not self.is_question))


def push_parameters(uri_parameters: str, header_parameters: str = "") -> PushParameters | None:
    """Returns the push parameters of a Contact, None when it has none.

    Takes the `;name=value` tails of the Contact's URI and of the header field. Raises nothing.
    """
    if "pn-" not in uri_parameters.lower() and "pn-" not in header_parameters.lower():
        return None
    values = _values(header_parameters)
    values.update(_values(uri_parameters))
    if "pn-provider" in values:
        return _parsed(values["pn-provider"], values.get("pn-param", ""), values.get("pn-prid", ""), values)
    if "pn-type" in values:
        return _parsed(_older_provider(values), _older_app(values), values.get("pn-tok", ""), values)
    return None


def _values(tail: str) -> dict[str, str]:
    """The first value of each parameter. Odd text between parameters is read over."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(tail.lstrip("; \t")):
        name = unescaped(match[1]).lower()
        if name not in found:
            found[name] = unescaped(unquote((match[2] or "").strip()))
    return found


def _older_provider(values: dict[str, str]) -> str:
    kind = values["pn-type"].lower()
    if _OTHER_NAMES.get(kind, kind) == APNS and values.get("app-id", "").lower().endswith(".dev"):
        return "apns.dev"
    return kind


def _older_app(values: dict[str, str]) -> str:
    app = values.get("app-id", "")  # a bundle id with the kind of push and of the server behind it
    return app[: app.rindex(".")] if app.lower().endswith((".dev", ".prod")) else app


def _parsed(provider: str, param: str, prid: str, values: dict[str, str]) -> PushParameters:
    named = provider.strip().lower()
    service = _OTHER_NAMES.get(named, named)
    target: PushTarget | None = None
    if prid and service == APNS:
        target = _apns(param, prid, named in _SANDBOXES, values.get("pn-msg-str", ""))
    elif prid and service == FCM:
        target = _fcm(param, prid)
    return PushParameters(service, not prid, target)


def _apns(param: str, prid: str, is_sandbox: bool, message_key: str) -> PushTarget | None:
    app, kinds = _without_kinds(param)
    team, dot, bundle = app.partition(".")
    if not (dot and _TEAM.fullmatch(team)):
        team, bundle = "", app
    tokens = {_VOIP: "", _REMOTE: ""}
    for number, part in enumerate(prid.split("&")):
        token, _, kind = part.strip().partition(":")
        kind = kind.lower() or (kinds[number] if number < len(kinds) else _REMOTE)
        if kind not in tokens or tokens[kind] or not _APNS_TOKEN.fullmatch(token):
            return None
        tokens[kind] = token.lower()
    if not _BUNDLE.fullmatch(bundle):
        return None
    key = message_key if _TEXT_KEY.fullmatch(message_key) else ""
    return PushTarget(APNS, bundle, team, is_sandbox, tokens[_VOIP], tokens[_REMOTE], key)


def _without_kinds(param: str) -> tuple[str, list[str]]:
    """A topic without the kinds of pushes at its end, and these: `bundle.voip&remote` has both."""
    app, dot, last = param.strip().rpartition(".")
    kinds = last.lower().split("&")
    if dot and all(kind in (_VOIP, _REMOTE) for kind in kinds):
        return app, kinds
    return param.strip(), []


def _fcm(param: str, prid: str) -> PushTarget | None:
    project = param.strip().lower()
    if not (_PROJECT.fullmatch(project) and _FCM_TOKEN.fullmatch(prid)):
        return None
    return PushTarget(FCM, project, "", False, "", prid)
