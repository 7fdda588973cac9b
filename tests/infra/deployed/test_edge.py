"""An edge as the deployed task would start it: with the task's settings, and with what its role may do."""

from __future__ import annotations

import json
import signal

import pytest

from tests.calls.office import Office
from tests.edge_process import StartEdge
from tests.infra.deployed.edge_stack import DeployedEdgeStack
from tests.ports import free_port
from tests.service import Service
from tests.transport.peers import UdpPeer
from tests.transport.wire_phone import WirePhone

# A container has them to itself.
PORTS = ("SIP_PORT", "HEALTH_PORT", "FLEET_PORT", "BALANCED_TLS_PORT", "BALANCED_WSS_PORT")


@pytest.fixture
def settings(edge_stack: DeployedEdgeStack) -> dict[str, str]:
    """The environment that the task gives its edge, on ports that are free, with the credentials of the task's role."""
    task = edge_stack.task()
    told = {item["name"]: item["value"] for item in task["containerDefinitions"][0]["environment"]}
    role = edge_stack.client("sts").assume_role(RoleArn=task["taskRoleArn"], RoleSessionName="edge")["Credentials"]
    _permit_batches_of_statements(edge_stack, task["taskRoleArn"].rpartition("/")[2])
    return {
        **told,
        **{name: str(free_port()) for name in PORTS},
        "SIP_SECRET": "",
        "FLEET_ADDRESS": "127.0.0.1",
        "AWS_ACCESS_KEY_ID": role["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": role["SecretAccessKey"],
        "AWS_SESSION_TOKEN": role["SessionToken"],
    }


def test_a_phone_registers_at_it(settings: dict[str, str], start_edge: StartEdge, service: Service) -> None:
    edge = start_edge(**settings)
    with Office(service, edge.port()) as office:
        extension = office.extension()
        phone = WirePhone(office, extension["username"], UdpPeer(("127.0.0.1", edge.port())), "UDP")
        assert phone.register().status == 200
        assert len(office.devices(extension)) == 1
        wrong = phone.authorization().replace('response="', 'response="0')
        assert phone.ask(phone.register_request(wrong)).status == 407
        assert office.first_attempt(extension)["reason"] == "wrong_password"
        phone.peer.close()
    edge.signal(signal.SIGTERM)  # and once more at the end of the test, which ends the drain
    edge.wait_for("draining")


def _permit_batches_of_statements(edge_stack: DeployedEdgeStack, role: str) -> None:
    """AWS asks whether a role may do what a statement does (dynamodb:PartiQLUpdate); the emulator asks for the call."""
    statement = {"Effect": "Allow", "Action": "dynamodb:BatchExecuteStatement", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    edge_stack.client("iam").put_role_policy(RoleName=role, PolicyName="statements", PolicyDocument=document)
