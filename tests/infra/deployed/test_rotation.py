"""The edges' keys are rotated by the deployed function, while an edge goes on and its phones notice nothing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from directory.edge_keys import EdgeKey, EdgeKeys
from sip_edge.auth.nonce import Nonces
from sip_edge.crypto.key_ring import NONCE_LIFETIME_S, KeyRing
from sip_edge.message.message import Response
from sip_edge.transport.source_network import network_of
from tests.calls.office import PASSWORD, Office
from tests.edge_process import EdgeProcess, StartEdge
from tests.infra.deployed.clock import Clock
from tests.infra.deployed.edge_stack import DeployedEdgeStack
from tests.service import Service
from tests.sip_edge.rig import digest
from tests.transport.peers import UdpPeer
from tests.transport.wire_phone import WirePhone
from tests.waiting import wait_until

NOTICE_S = 15 * 60
BEFORE_IT_BEGINS_S, WHEN_IT_HAS_BEGUN_S = NOTICE_S - 30, NOTICE_S + 90


@pytest.fixture
def keys(edge_stack: DeployedEdgeStack) -> EdgeKeys:
    return EdgeKeys(edge_stack.client("secretsmanager"), edge_stack.the("SecretsManager::Secret", "Keys"))


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture
def edge(edge_stack: DeployedEdgeStack, start_edge: StartEdge, clock: Clock) -> EdgeProcess:
    return start_edge(SIP_SECRET="", SIP_SECRET_ID=edge_stack.the("SecretsManager::Secret", "Keys"), **clock.settings)


@pytest.fixture
def phone(service: Service, edge: EdgeProcess) -> Iterator[WirePhone]:
    with Office(service, edge.port()) as office:
        phone = WirePhone(office, office.extension()["username"], UdpPeer(("127.0.0.1", edge.port())), "UDP")
        yield phone
        phone.peer.close()


def test_a_former_keys_nonces_are_good_when_the_next_one_signs(
    edge_stack: DeployedEdgeStack, keys: EdgeKeys, edge: EdgeProcess, phone: WirePhone, clock: Clock
) -> None:
    (first,) = keys.read()
    _rotate(edge_stack)
    assert keys.read()[0] == first
    (second,) = keys.read()[1:]

    clock.put_forward(BEFORE_IT_BEGINS_S)
    edge.wait_for("keys_replaced")
    challenge = _challenge(phone)
    assert _is_signed_by(first, challenge)
    assert _answer(phone, challenge, count=1).status == 200

    clock.put_forward(WHEN_IT_HAS_BEGUN_S)
    wait_until(lambda: _is_signed_by(second, _challenge(phone)), "the next key signs")
    assert _answer(phone, challenge, count=2).status == 200
    assert _answer(phone, _challenge(phone), count=1).status == 200


def _rotate(edge_stack: DeployedEdgeStack) -> None:
    """Calls the function as Secrets Manager does: for each step with the id of a version."""
    secrets, functions = edge_stack.client("secretsmanager"), edge_stack.client("lambda")
    secret = secrets.describe_secret(SecretId=edge_stack.the("SecretsManager::Secret", "Keys"))["ARN"]
    version = str(uuid.uuid4())
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        event = {"Step": step, "SecretId": secret, "ClientRequestToken": version}
        answer = functions.invoke(FunctionName=edge_stack.the("Lambda::Function", "Keys"), Payload=json.dumps(event))
        assert "FunctionError" not in answer, answer["Payload"].read()


def _challenge(phone: WirePhone) -> str:
    return phone.ask(phone.register_request()).get("www-authenticate")


def _answer(phone: WirePhone, challenge: str, count: int) -> Response:
    """Register with the nonce of a challenge, for the `count`th time."""
    domain = phone.aor.partition("@")[2]
    realm = challenge.partition('realm="')[2].partition('"')[0]
    proof = digest(challenge, "REGISTER", f"sip:{domain}", phone.username, PASSWORD, count, realm)
    return phone.ask(phone.register_request(proof))


def _is_signed_by(key: EdgeKey, challenge: str) -> bool:
    nonce = challenge.partition('nonce="')[2].partition('"')[0]
    return Nonces(KeyRing([key], 0).nonces, NONCE_LIFETIME_S).accepts(nonce, 0, network_of("127.0.0.1"))
