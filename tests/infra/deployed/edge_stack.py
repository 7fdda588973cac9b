"""The edge's stack as the emulator can take it, deployed beside the running service."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from local.deployment import Deployment
from local.emulator import session
from tests.service import Service

# What the emulator does not know; a test fails when it is more, or less.
UNKNOWN: Final = {
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::EC2::FlowLog",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::SecretsManager::RotationSchedule",
}
_NAME: Final = "sip-extensions-live-edge"
# The CDK names their files so.
_DATA, _EDGE = "sipextensionslivedata", "sipextensionsliveedge"


class DeployedEdgeStack:
    """The stack of a synthesized application, which is changed on disk. The process has to speak to the emulator.

    `refused` are the types of resources that the emulator refused when it was asked to make all of them.
    """

    def __init__(self, assembly: Path, service: Service) -> None:
        self._service = service
        _keep_only(assembly / "manifest.json", (_DATA, _EDGE))
        self.refused = _refused(assembly)
        _make_known(assembly / f"{_EDGE}.template.json")
        self.outputs = Deployment(assembly).deploy()
        found = self.client("cloudformation").describe_stack_resources(StackName=_NAME)["StackResources"]
        self._resources = [
            (resource["ResourceType"], resource["LogicalResourceId"], resource["PhysicalResourceId"])
            for resource in found
        ]

    def client(self, name: str) -> Any:
        """A client of one of the emulator's services."""
        make: Callable[..., Any] = session().client
        return make(name, endpoint_url=self._service.endpoint)

    def ids(self, kind: str, construct: str = "") -> list[str]:
        """The ids of all resources of a kind, such as `EC2::VPC`, or of those in a construct of the stack."""
        return [
            made
            for resource, name, made in self._resources
            if resource == f"AWS::{kind}" and name.startswith(construct)
        ]

    def the(self, kind: str, construct: str = "") -> str:
        """The id of the only resource of a kind, in the stack or in a construct of it."""
        (found,) = self.ids(kind, construct)
        return found

    def task(self) -> dict[str, Any]:
        """The task definition."""
        described = self.client("ecs").describe_task_definition(taskDefinition=self.the("ECS::TaskDefinition"))
        task: dict[str, Any] = described["taskDefinition"]
        return task

    def delete(self) -> None:
        """Take the stack away."""
        cloudformation = self.client("cloudformation")
        cloudformation.delete_stack(StackName=_NAME)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=_NAME, WaiterConfig={"Delay": 1})


def _keep_only(manifest: Path, stacks: tuple[str, ...]) -> None:
    """Forget all other stacks, also as what these depend on."""
    content = json.loads(manifest.read_text())
    kept = {name: artifact for name, artifact in content["artifacts"].items() if name.startswith(stacks)}
    for artifact in kept.values():
        artifact["dependencies"] = [name for name in artifact.get("dependencies", ()) if name in kept]
    manifest.write_text(json.dumps({**content, "artifacts": kept}))


def _refused(assembly: Path) -> set[str]:
    try:
        Deployment(assembly).deploy()
    except ClientError as error:
        listed = re.search(r"Unrecognized resource types: \[(.*)\]", str(error))
        if not listed:
            raise
        return set(listed[1].split(", "))
    return set()


def _make_known(template: Path) -> None:
    content = json.loads(template.read_text())
    kept = {name: resource for name, resource in content["Resources"].items() if resource["Type"] not in UNKNOWN}
    for resource in kept.values():
        waits_for = resource.get("DependsOn", [])
        names = [waits_for] if isinstance(waits_for, str) else waits_for
        resource["DependsOn"] = [name for name in names if name in kept]
    text = json.dumps({**content, "Resources": kept})
    # What refers to a secret gets its ARN on AWS, and its name here.
    for name in [name for name, resource in kept.items() if resource["Type"] == "AWS::SecretsManager::Secret"]:
        text = text.replace(json.dumps({"Ref": name}), json.dumps({"Fn::GetAtt": [name, "Id"]}))
    template.write_text(text)
