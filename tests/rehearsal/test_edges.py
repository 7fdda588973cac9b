"""Steps that no emulator has: each call fits AWS's own description of the service, and a zone comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from rehearsal.population import Population
from rehearsal.state import State
from rehearsal.steps import edges, zone_away
from rehearsal.steps.edges import EdgeService, LostEdges
from rehearsal.steps.zone_away import ZoneAway
from sipctl.aws import Account
from sipctl.environment import Environment
from sipctl.failure import FailedError
from sipctl.stacks import Stacks

CLUSTER, SERVICE = "cluster", "arn:aws:ecs:eu-central-1:123456789012:service/cluster/edges"
TASK = "arn:aws:ecs:eu-central-1:123456789012:task/cluster/0123456789abcdef"
BALANCER = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/net/edges/0123456789abcdef"
SHIFT = "9ac9ec1e-1df1-0755-3dc5-8cf57EXAMPLE"
RESOURCES = {
    "AWS::ECS::Cluster": CLUSTER,
    "AWS::ECS::Service": SERVICE,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": BALANCER,
}


class StubbedAccount(Account):
    """An account whose clients answer what a test expects of them."""

    def __init__(self) -> None:
        super().__init__(None)
        self._stubbers: dict[str, Stubber] = {}
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            make: Any = boto3.client
            self._clients[service] = make(
                service, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b"
            )
            self._stubbers[service] = Stubber(self._clients[service])
            self._stubbers[service].activate()
        return self._clients[service]

    def expect(self, service: str, method: str, response: dict[str, Any], /, **asked: Any) -> None:
        self.client(service)
        self._stubbers[service].add_response(method, response, asked)

    def refuse(self, service: str, method: str, code: str) -> None:
        self.client(service)
        self._stubbers[service].add_client_error(method, code)

    def assert_all_asked(self) -> None:
        for stubber in self._stubbers.values():
            stubber.assert_no_pending_responses()


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubbedAccount]:
    monkeypatch.setattr(Stacks, "resources", lambda _, kind: {"edge/x": RESOURCES[kind]})
    monkeypatch.setattr(edges, "_AFTERWARDS_S", 0)
    monkeypatch.setattr(edges, "_POLL_S", 0)
    monkeypatch.setattr(edges, "_POLLS", 2)
    monkeypatch.setattr(zone_away, "_AWAY_S", 0)
    account = StubbedAccount()
    yield account
    account.assert_all_asked()


@pytest.fixture
def stacks(account: StubbedAccount) -> Stacks:
    return Stacks(account, Environment("rehearsed", {"base": "voip.example"}))


def service_of(deployments: int) -> dict[str, Any]:
    each = {"status": "PRIMARY"}
    return {
        "services": [{"status": "ACTIVE", "deployments": [each] * deployments, "runningCount": 2, "desiredCount": 2}]
    }


def expect_stable(account: StubbedAccount) -> None:
    for deployments in (2, 1):
        account.expect("ecs", "describe_services", service_of(deployments), cluster=CLUSTER, services=[SERVICE])


def test_a_rolling_update_waits_until_one_deployment_is_left(account: StubbedAccount, stacks: Stacks) -> None:
    account.expect("ecs", "update_service", {}, cluster=CLUSTER, service=SERVICE, forceNewDeployment=True)
    expect_stable(account)
    figures = LostEdges("rolling update", EdgeService.update, account, stacks, Population()).do()
    assert set(figures) >= {"calls", "missed calls", "registered phones"}


def test_one_edge_is_killed(account: StubbedAccount, stacks: Stacks) -> None:
    account.expect("ecs", "list_tasks", {"taskArns": [TASK]}, cluster=CLUSTER, serviceName=SERVICE)
    account.expect("ecs", "stop_task", {}, cluster=CLUSTER, task=TASK, reason="rehearsal")
    expect_stable(account)
    LostEdges("kill an edge", EdgeService.kill_one, account, stacks, Population()).do()


def test_edges_that_do_not_become_stable_fail_the_step(account: StubbedAccount, stacks: Stacks) -> None:
    account.expect("ecs", "update_service", {}, cluster=CLUSTER, service=SERVICE, forceNewDeployment=True)
    for _ in range(2):
        account.expect("ecs", "describe_services", service_of(2), cluster=CLUSTER, services=[SERVICE])
    with pytest.raises(FailedError, match="not stable"):
        LostEdges("rolling update", EdgeService.update, account, stacks, Population()).do()


@pytest.mark.parametrize("has_ended", [False, True])
def test_a_zone_is_taken_away_and_comes_back(
    account: StubbedAccount, stacks: Stacks, tmp_path: Path, has_ended: bool
) -> None:
    shift = {
        "zonalShiftId": SHIFT,
        "resourceIdentifier": BALANCER,
        "awayFrom": "euc1-az2",
        "expiryTime": 1,
        "startTime": 0,
        "status": "ACTIVE",
        "comment": "rehearsal",
    }
    zones = [{"ZoneName": "eu-central-1a", "ZoneId": "euc1-az2"}]
    account.expect(
        "elbv2",
        "describe_load_balancers",
        {"LoadBalancers": [{"AvailabilityZones": [{"ZoneName": "eu-central-1a"}]}]},
        LoadBalancerArns=[BALANCER],
    )
    account.expect("ec2", "describe_availability_zones", {"AvailabilityZones": zones}, ZoneNames=["eu-central-1a"])
    asked = {"resourceIdentifier": BALANCER, "awayFrom": "euc1-az2", "expiresIn": "1h", "comment": "rehearsal"}
    account.expect("arc-zonal-shift", "start_zonal_shift", shift, **asked)
    if has_ended:
        account.refuse("arc-zonal-shift", "cancel_zonal_shift", "ResourceNotFoundException")
    else:
        account.expect("arc-zonal-shift", "cancel_zonal_shift", shift, zonalShiftId=SHIFT)
    state = State(tmp_path / "state.json", "rehearsed", "123456789012", "eu-central-1", 0)
    step = ZoneAway(account, stacks, state, Population())
    assert step.do()["zone"] == "euc1-az2"
    assert step.undo() == {}, "nothing is cancelled twice"
