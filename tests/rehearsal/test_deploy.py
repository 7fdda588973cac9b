"""The deployment of a rehearsal and its end: nothing is left, or it is told, and nothing else is touched."""

from __future__ import annotations

import sys
from pathlib import Path

import boto3
import pytest

from local.emulator import CREDENTIALS, REGION
from rehearsal.kept import KINDS
from rehearsal.state import State
from rehearsal.steps.deploy import Deploy
from sipctl.aws import Account
from sipctl.environment import Environment
from sipctl.failure import FailedError
from sipctl.stacks import Stacks
from tests.service import Service

STAND_IN = (sys.executable, str(Path(__file__).with_name("cdk_stand_in.py")))
ENVIRONMENT = Environment("rehearsed", {"base": "voip.example"})


@pytest.fixture
def account(service: Service, monkeypatch: pytest.MonkeyPatch) -> Account:
    for name, value in (
        ("AWS_ENDPOINT_URL", service.endpoint),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", CREDENTIALS.access_key),
        ("AWS_SECRET_ACCESS_KEY", CREDENTIALS.secret_key),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return Account(None)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "rehearsal.json", ENVIRONMENT.name, "000000000000", REGION, 0)


def test_all_is_deleted_that_stacks_keep(account: Account, state: State) -> None:
    deploy = Deploy(account, ENVIRONMENT, state, STAND_IN)
    assert deploy.do() == {"stacks": 1}
    assert {left.name.partition(" ")[0] for left in deploy.left()} >= {kind.resource_type for kind in KINDS[:3]}
    for _ in range(2):  # a second time changes nothing
        assert deploy.undo() == {"resources deleted beside the stacks": 3}
        assert deploy.left() == []


def test_a_deployment_that_fails_is_destroyed_whole(
    account: Account, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy = Deploy(account, ENVIRONMENT, state, STAND_IN)
    monkeypatch.setenv("FAILS", "deploy")
    with pytest.raises(FailedError, match="the last line of the CDK"):
        deploy.do()
    deploy.undo()
    assert deploy.left() == []


def test_an_environment_of_others_is_left_alone(account: Account, state: State, service: Service) -> None:
    live = Environment("live", {"base": service.base})
    deploy = Deploy(account, live, state, STAND_IN)
    with pytest.raises(FailedError, match="deployed already"):
        deploy.do()
    deploy.undo()
    assert deploy.left() == []
    assert Stacks(account, live).resources("AWS::DynamoDB::GlobalTable")


def test_resources_that_can_not_be_destroyed_are_told_with_commands(
    account: Account, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy = Deploy(account, ENVIRONMENT, state, STAND_IN)
    deploy.do()
    monkeypatch.setenv("FAILS", "destroy")
    with pytest.raises(FailedError, match="cdk destroy"):
        deploy.undo()
    told = {left.name.partition(" ")[0]: left.command for left in deploy.left()}
    assert told["stack"] == "aws cloudformation delete-stack --stack-name sip-extensions-rehearsed-data"
    assert "--no-deletion-protection-enabled" in told["AWS::DynamoDB::GlobalTable"]
    monkeypatch.delenv("FAILS")
    deploy.undo()
    assert deploy.left() == []
