"""The stacks of a deployed environment: their resources and outputs."""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import ClientError

from sipctl.aws import Account
from sipctl.environment import STACKS, Environment
from sipctl.failure import FailedError

_SIP_PORT: Final = 5060


class Stacks:
    """Asks CloudFormation about the stacks of an environment. A stack that is not deployed has nothing."""

    def __init__(self, account: Account, environment: Environment) -> None:
        self._account = account
        self._environment = environment

    def resources(self, kind: str) -> dict[str, str]:
        """Returns the physical ids of all resources of a type, by their stacks and logical ids: `data/Extensions1A2B`.

        These names are the same in each deployment of one version. A resource that could not be made is left out.
        """
        return {
            f"{part}/{resource['LogicalResourceId']}": resource["PhysicalResourceId"]
            for part in STACKS
            for resource in self._resources(part)
            if resource["ResourceType"] == kind and "PhysicalResourceId" in resource
        }

    def output(self, part: str, name: str) -> str:
        """Returns an output of a stack. Raises FailedError when there is none."""
        for output in self._described(part).get("Outputs", ()):
            if output["OutputKey"] == name:
                return str(output["OutputValue"])
        stack = self._environment.stack(part)
        raise FailedError({"code": "not_deployed", "detail": f"{stack} is not deployed, or has no output {name}."})

    def _resources(self, part: str) -> list[dict[str, Any]]:
        if not self._described(part):
            return []
        pages = self._client().get_paginator("list_stack_resources").paginate(StackName=self._environment.stack(part))
        return [resource for page in pages for resource in page["StackResourceSummaries"]]

    def _client(self) -> Any:
        return self._account.client("cloudformation")

    def _described(self, part: str) -> dict[str, Any]:
        """The stack, empty when there is none."""
        try:
            found: dict[str, Any] = self._client().describe_stacks(StackName=self._environment.stack(part))["Stacks"][0]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            return {}
        return found


def sip_address(stacks: Stacks, environment: Environment, given: str | None) -> tuple[str, int]:
    """Returns the host and port at which phones reach the edges, or the given `host:port`. Raises FailedError."""
    if given:
        host, _, port = given.partition(":")
        return host, int(port or _SIP_PORT)
    if environment.has_tls:
        return f"sip.{environment.base}", _SIP_PORT
    return stacks.output("edge", "SipHost"), _SIP_PORT
