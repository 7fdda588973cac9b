"""The canary: it gets an extension, calls through a real edge, and tells whether its tones were heard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from local.emulator import CREDENTIALS, REGION, session
from sipctl.user_agent.canary import NoCredentialsError, handler
from tests.edge_process import StartEdge
from tests.ports import free_port
from tests.service import Service
from tests.sipctl.deployed import deployed
from tests.sipctl.terminal import Terminal

SECRET = {
    "Type": "AWS::SecretsManager::Secret",
    "Properties": {
        "Name": "canary",
        "GenerateSecretString": {"SecretStringTemplate": "{}", "GenerateStringKey": "unused"},
    },
}


@pytest.fixture
def aws(service: Service) -> dict[str, str]:
    """The environment of a process that speaks to the emulator."""
    return {
        "AWS_ENDPOINT_URL": service.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIALS.access_key,
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS.secret_key,
    }


@pytest.fixture
def operator(service: Service, aws: dict[str, str]) -> Iterator[Terminal]:
    """A terminal of the operator of an environment whose canary has no extension yet."""
    with deployed(service, "sip-extensions-live-edge", {"Canary": SECRET}, {"CanarySecret": {"Ref": "Canary"}}):
        terminal = Terminal(SIP_API_URL=service.api_url, **aws)
        yield terminal
        assert '"password"' not in terminal.printed


@pytest.fixture
def function(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch, operator: Terminal) -> None:
    """The variables of the function in this process."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name, value in {
        **aws,
        "CANARY_SECRET": "canary",
        "METRICS_NAMESPACE": "SipExtensions/live",
        "SIP_HOST": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The log line of the function."""
    (line,) = capsys.readouterr().out.splitlines()
    written: dict[str, Any] = json.loads(line)
    return written


@pytest.mark.usefixtures("function")
def test_it_calls_and_tells_that_it_was_heard(
    operator: Terminal,
    service: Service,
    start_edge: StartEdge,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(NoCredentialsError, match="sipctl canary"):
        handler({}, None)
    assert not capsys.readouterr().out, "missing data rings, and stops no first deployment"

    made = operator.json("canary")
    assert operator.json("canary") == made, "it has an extension already"
    secrets = session().client("secretsmanager", endpoint_url=service.endpoint)
    password = json.loads(secrets.get_secret_value(SecretId="canary")["SecretString"])["password"]
    assert password not in operator.printed

    monkeypatch.setenv("SIP_PORT", str(start_edge().port()))
    handler({}, None)
    line = told(capsys)
    assert line["CanaryHeard"] == 1
    assert line["CanaryTime"] >= line["register"] + line["call"] + line["sound"] > 0
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("SipExtensions/live", [[]])
    assert {metric["Name"] for metric in directive["Metrics"]} == {"CanaryHeard", "CanaryTime"}

    monkeypatch.setenv("SIP_PORT", str(free_port()))
    handler({}, None)
    line = told(capsys)
    assert (line["CanaryHeard"], line["step"], line["reason"]) == (0, "register", "REGISTER got no final response")

    operator.run("--customer", made["customer_id"], "extensions", "delete", made["username"], "--yes")
    assert operator.json("canary")["customer_id"] != made["customer_id"], "it gets another one"
