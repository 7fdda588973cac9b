"""Deploying a synthesized application as the CDK CLI would: assets into the bootstrap bucket, then the stacks."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from local.failure import StartError

# What templates expect of a bootstrapped account.
_BOOTSTRAP_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
_BOOTSTRAP_VERSION: Final = "30"
_CAPABILITIES: Final = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")
_POLL_S: Final = 0.05


class Deployment:
    """Deploys the stacks in the folder `templates`, through the AWS endpoint of this process."""

    def __init__(self, templates: Path) -> None:
        self._templates = templates
        self._artifacts: dict[str, Any] = json.loads((templates / "manifest.json").read_text())["artifacts"]
        self._cloudformation = boto3.client("cloudformation")
        self._s3 = boto3.client("s3")
        self._placeholders = {
            "${AWS::Partition}": "aws",
            "${AWS::AccountId}": boto3.client("sts").get_caller_identity()["Account"],
            "${AWS::Region}": self._s3.meta.region_name,
        }

    def deploy(self) -> dict[str, str]:
        """Bring all stacks up to their templates, and return the outputs of all. Raises StartError."""
        boto3.client("ssm").put_parameter(
            Name=_BOOTSTRAP_PARAMETER, Value=_BOOTSTRAP_VERSION, Type="String", Overwrite=True
        )
        outputs: dict[str, str] = {}
        for name in self._in_order():
            artifact = self._artifacts[name]
            if artifact["type"] == "cdk:asset-manifest":
                self._publish(artifact["properties"]["file"])
            elif artifact["type"] == "aws:cloudformation:stack":
                stack = artifact["properties"]
                outputs |= self._deploy_stack(stack["stackName"], stack["stackTemplateAssetObjectUrl"])
        return outputs

    def _in_order(self) -> Iterator[str]:
        """The names of all artifacts, each behind those that it depends on."""
        return iter(
            TopologicalSorter(
                {name: artifact.get("dependencies", ()) for name, artifact in self._artifacts.items()}
            ).static_order()
        )

    def _publish(self, manifest: str) -> None:
        for asset in json.loads((self._templates / manifest).read_text())["files"].values():
            path = self._templates / asset["source"]["path"]
            content = _zipped(path) if asset["source"]["packaging"] == "zip" else path.read_bytes()
            for destination in asset["destinations"].values():
                bucket = self._resolved(destination["bucketName"])
                self._s3.create_bucket(Bucket=bucket)
                self._s3.put_object(Bucket=bucket, Key=destination["objectKey"], Body=content)

    def _deploy_stack(self, name: str, template: str) -> dict[str, str]:
        path = self._resolved(template).removeprefix("s3://")
        request = {
            "StackName": name,
            "TemplateURL": f"{self._s3.meta.endpoint_url}/{path}",
            "Capabilities": _CAPABILITIES,
        }
        if self._stack(name) is None:
            self._cloudformation.create_stack(**request)
        else:
            self._update(request)
        stack = self._settled(name)
        if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise StartError(f"deploying {name} ended as {stack['StackStatus']}: {self._reason(name)}")
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}

    def _update(self, request: dict[str, Any]) -> None:
        try:
            self._cloudformation.update_stack(**request)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise

    def _stack(self, name: str) -> Any:
        try:
            return self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            return None

    def _settled(self, name: str) -> Any:
        while (stack := self._stack(name))["StackStatus"].endswith("_IN_PROGRESS"):
            time.sleep(_POLL_S)
        return stack

    def _reason(self, name: str) -> str:
        events = self._cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        if not failed:
            return "no reason given"
        # Events come newest first, and what fails first takes the rest with it.
        return f"{failed[-1]['LogicalResourceId']}: {failed[-1].get('ResourceStatusReason', 'no reason given')}"

    def _resolved(self, text: str) -> str:
        for placeholder, value in self._placeholders.items():
            text = text.replace(placeholder, value)
        return text


def _zipped(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return content.getvalue()
