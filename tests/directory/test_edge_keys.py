"""The document of the edges' keys, on the emulated Secrets Manager."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from directory.edge_keys import EdgeKey, EdgeKeys
from directory.errors import KeysUnreadableError
from local.emulator import session
from tests.edge_process import StartEdge
from tests.service import Service

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

FIRST = "f" * 64


@pytest.fixture
def client(service: Service) -> SecretsManagerClient:
    return session().client("secretsmanager", endpoint_url=service.endpoint)


@pytest.fixture
def secret_id(client: SecretsManagerClient) -> Iterator[str]:
    """A secret as its stack makes it."""
    arn = client.create_secret(Name=f"keys-{uuid.uuid4()}", SecretString=json.dumps({"1970-01-01T00:00:00Z": FIRST}))[
        "ARN"
    ]
    yield arn
    client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def rotate(keys: EdgeKeys, now: float) -> None:
    version = str(uuid.uuid4())
    for _ in range(2):
        keys.prepare(version, now)
    for _ in range(2):
        keys.publish(version)


def test_a_rotation_announces_a_key_and_keeps_those_before(client: SecretsManagerClient, secret_id: str) -> None:
    keys = EdgeKeys(client, secret_id)
    (first,) = keys.read()
    assert first == EdgeKey(0, FIRST.encode())
    now = float(int(time.time()))
    rotate(keys, now)
    second = keys.read()[-1]
    assert keys.read() == (first, second)
    assert second.begins == now + 900
    assert len(second.secret) == 64
    rotate(keys, now + 86_400)
    third = keys.read()[-1]
    assert keys.read() == (first, second, third)
    rotate(keys, now + 2 * 86_400)
    assert keys.read()[:2] == (second, third)
    assert len(keys.read()) == 3


def test_rotations_in_haste_are_in_order(client: SecretsManagerClient, secret_id: str) -> None:
    keys = EdgeKeys(client, secret_id)
    for _ in range(4):
        rotate(keys, 1_000_000)
    begins = [key.begins for key in keys.read()]
    assert begins == sorted(set(begins))
    assert FIRST.encode() not in {key.secret for key in keys.read()}


@pytest.mark.parametrize(
    "document", ["", "canary", "[]", "{}", '{"soon": "' + FIRST + '"}', '{"1970-01-01T00:00:00Z": "canary"}']
)
def test_a_document_that_is_none_is_not_shown(client: SecretsManagerClient, secret_id: str, document: str) -> None:
    client.put_secret_value(SecretId=secret_id, SecretString=document or " ")
    with pytest.raises(KeysUnreadableError) as raised:
        EdgeKeys(client, secret_id).read()
    assert str(raised.value) == "the secret is no document of keys"
    assert raised.value.__cause__ is None


def test_a_secret_that_is_not_there(client: SecretsManagerClient) -> None:
    with pytest.raises(KeysUnreadableError, match="ResourceNotFoundException"):
        EdgeKeys(client, "no-such-secret").read()


def test_an_edge_starts_with_the_keys_of_its_secret(secret_id: str, start_edge: StartEdge, service: Service) -> None:
    edge = start_edge(SIP_SECRET="", SIP_SECRET_ID=secret_id)
    assert FIRST not in edge.log.read_text()


def test_the_rotating_function_does_each_step_and_may_do_it_twice(
    client: SecretsManagerClient, secret_id: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("AWS_ENDPOINT_URL", service.endpoint),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ):
        monkeypatch.setenv(name, value)
    from lambdas.functions.key_rotation import handler

    version = str(uuid.uuid4())
    for step in ("createSecret", "createSecret", "setSecret", "testSecret", "finishSecret", "finishSecret"):
        event: dict[str, Any] = {"Step": step, "SecretId": secret_id, "ClientRequestToken": version}
        handler(event, None)
    assert len(EdgeKeys(client, secret_id).read()) == 2
