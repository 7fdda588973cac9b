"""The curl commands of the overview of VoIPBIN's Extension API, as they stand there."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from tests.rest.client import Api

CREATE = """\
curl -X POST 'https://api.voipbin.net/v1.0/extensions?token=<token>' \\
    --header 'Content-Type: application/json' \\
    --data '{
        "name": "office-phone-1",
        "detail": "Main office IP phone",
        "username": "office1",
        "password": "secure-password-123"
    }'
"""
LIST = "curl -X GET 'https://api.voipbin.net/v1.0/extensions?token=<token>'"
GET = "curl -X GET 'https://api.voipbin.net/v1.0/extensions/<extension-id>?token=<token>'"
DELETE = "curl -X DELETE 'https://api.voipbin.net/v1.0/extensions/<extension-id>?token=<token>'"


def run(command: str, api: Api, extension_id: str = "") -> Any:
    assert shutil.which("curl"), "curl is missing: apt-get install curl"
    command = command.replace("https://api.voipbin.net/v1.0", api.url)
    command = command.replace("<token>", api.token).replace("<extension-id>", extension_id)
    ended = subprocess.run(("sh", "-c", command), capture_output=True, check=True, timeout=30)
    return json.loads(ended.stdout)


def test_commands(api: Api) -> None:
    created = run(CREATE, api)
    assert (
        created
        | {
            "customer_id": api.customer_id,
            "name": "office-phone-1",
            "detail": "Main office IP phone",
            "username": "office1",
        }
        == created
    )
    assert run(LIST, api)["result"] == [created]
    assert run(GET, api, created["id"]) == created
    assert run(DELETE, api, created["id"]) == created
    assert run(LIST, api)["result"] == []
    assert run(GET, api, created["id"])["code"] == "not_found"
