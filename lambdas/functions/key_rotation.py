"""Rotating the edges' keys: Secrets Manager calls this function for each of the four steps of a rotation.

Edges accept a new key before it signs anything. So no other service has to learn it (`setSecret`), and nothing is
there to try it on (`testSecret`).
"""

from __future__ import annotations

import time
from typing import Any, Final

from directory.client import secrets_manager
from directory.edge_keys import EdgeKeys

_client: Final = secrets_manager()


def handler(event: dict[str, Any], _: object) -> None:
    """Do one step; every one may come twice. After any error Secrets Manager tries again."""
    keys = EdgeKeys(_client, event["SecretId"])
    version = event["ClientRequestToken"]
    match event["Step"]:
        case "createSecret":
            keys.prepare(version, time.time())
        case "finishSecret":
            keys.publish(version)
