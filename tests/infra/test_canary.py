"""The canary in the templates: it runs each minute, calls the public name, and gates deployments."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from tests.infra.account import scenes
from tests.infra.account.alarms import Alarm, Samples
from tests.infra.account.resources import Resources
from tests.infra.conftest import stacks_of


def _canary(edge: Template) -> dict[str, Any]:
    functions = edge.find_resources("AWS::Lambda::Function").values()
    (found,) = [f["Properties"] for f in functions if "canary" in str(f["Properties"].get("Handler"))]
    properties: dict[str, Any] = found
    return properties


def _gate(app: App) -> Alarm:
    resources = Resources({stack.stack_name: Template.from_stack(stack).to_json() for stack in stacks_of(app)})
    (alarm,) = [found for found in resources.of_type("AWS::CloudWatch::Alarm") if found.stack.endswith("-edge")]
    return Alarm(alarm)


def test_its_handler_is_there_and_it_runs_each_minute(edge: Template) -> None:
    module, _, name = _canary(edge)["Handler"].rpartition(".")
    assert callable(getattr(import_module(module), name))
    edge.has_resource_properties("AWS::Events::Rule", {"ScheduleExpression": "rate(1 minute)", "State": "ENABLED"})


def test_it_calls_the_name_that_phones_have(edge: Template, named_edge: Template) -> None:
    told = _canary(named_edge)["Environment"]["Variables"]
    assert told["SIP_HOST"] == "sip.voip.test"
    assert told["METRICS_NAMESPACE"] == "SipExtensions/live"
    assert _canary(edge)["Environment"]["Variables"]["SIP_HOST"]["Fn::GetAtt"][1] == "DNSName"


def test_it_is_outside_of_the_network_of_the_edges(edge: Template) -> None:
    assert "VpcConfig" not in _canary(edge)


def test_a_red_canary_takes_a_deployment_back(edge: Template) -> None:
    (name,) = edge.find_resources("AWS::CloudWatch::Alarm")
    (service,) = edge.find_resources("AWS::ECS::Service").values()
    assert service["Properties"]["DeploymentConfiguration"]["Alarms"] == {
        "AlarmNames": [{"Ref": name}],
        "Enable": True,
        "Rollback": True,
    }


@pytest.mark.parametrize(
    ("scene", "rings_at"),
    [(scenes.CANARY_RED, [3]), (scenes.CANARY_SILENT, []), (scenes.scene(), [])],
    ids=["red", "silent", "quiet"],
)
def test_the_gate_closes_for_a_red_canary_alone(app: App, scene: Samples, rings_at: list[int]) -> None:
    """Before the first deployment has ended the canary tells nothing: that must not take it back."""
    assert [minute for minute, rings in _gate(app).rings(scene, 24 * 60) if rings] == rings_at
