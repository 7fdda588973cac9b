"""The resources of all stacks, with CloudFormation's functions carried out (CloudFormation User Guide, "Intrinsic
function reference")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

ACCOUNT: Final = "111122223333"
REGION: Final = "eu-central-1"

_NAME_PROPERTIES: Final = (
    *("FunctionName", "TopicName", "QueueName", "TableName", "LogGroupName", "BucketName", "RoleName"),
    *("AlarmName", "Name"),
)
# How the ARN of a type goes on behind the account. Other types are named `service:...:resource`.
_ARNS: Final[Mapping[str, str]] = {
    "AWS::CloudWatch::Alarm": "cloudwatch:{place}:alarm:{name}",
    "AWS::DynamoDB::GlobalTable": "dynamodb:{place}:table/{name}",
    "AWS::ElasticLoadBalancingV2::Listener": "elasticloadbalancing:{place}:listener/net/{name}/1/2",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "elasticloadbalancing:{place}:loadbalancer/net/{name}/1",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "elasticloadbalancing:{place}:targetgroup/{name}/1",
    "AWS::Events::EventBus": "events:{place}:event-bus/{name}",
    "AWS::Events::Rule": "events:{place}:rule/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::KMS::Key": "kms:{place}:key/{name}",
    "AWS::Lambda::Function": "lambda:{place}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{place}:log-group:{name}:*",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SNS::Topic": "sns:{place}:{name}",
    "AWS::SQS::Queue": "sqs:{place}:{name}",
    "AWS::SecretsManager::Secret": "secretsmanager:{place}:secret:{name}-AbCdEf",
}
# Types whose Ref is their ARN; that of a queue is its URL, and that of all others their name.
_REF_IS_ARN: Final = frozenset(
    (
        "AWS::ECS::TaskDefinition",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::SNS::Topic",
        "AWS::SecretsManager::Secret",
    )
)
_PSEUDO: Final[Mapping[str, str]] = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NoValue": "",
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource with its properties as CloudFormation would hand them to its service."""

    stack: str
    logical_id: str
    type: str
    name: str
    arn: str
    properties: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.stack}/{self.logical_id}"


class Resources:
    """All resources of a set of templates, by the name of their stack."""

    def __init__(self, templates: Mapping[str, Mapping[str, Any]]) -> None:
        self._templates = templates
        self._exports = {
            self._resolve(stack, output["Export"]["Name"]): (stack, output["Value"])
            for stack, template in templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }
        self._all = [
            self._resource(stack, name) for stack, template in templates.items() for name in template["Resources"]
        ]

    def of_type(self, *types: str) -> Iterator[Resource]:
        """All resources of some types."""
        return (resource for resource in self._all if resource.type in types)

    def of_arn(self, arn: str) -> Resource:
        """The resource of an ARN. Raises LookupError when there is none."""
        return _only(r for r in self._all if r.arn == arn)

    def named(self, type_: str, name: str) -> Resource:
        """The resource of a type whose name is `name`. Raises LookupError when there is none."""
        return _only(r for r in self._all if r.type == type_ and r.name == name)

    def _resource(self, stack: str, logical_id: str) -> Resource:
        written = self._templates[stack]["Resources"][logical_id]
        properties = self._resolve(stack, written.get("Properties", {}))
        name = self._name(stack, logical_id)
        return Resource(stack, logical_id, written["Type"], name, _arn(written["Type"], name), properties)

    def _name(self, stack: str, logical_id: str) -> str:
        properties = self._templates[stack]["Resources"][logical_id].get("Properties", {})
        given = next((properties[name] for name in _NAME_PROPERTIES if name in properties), None)
        return self._resolve(stack, given) if isinstance(given, (str, dict)) else f"{stack}-{logical_id}"

    def _resolve(self, stack: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolve(stack, each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref":
                return self._ref(stack, argument)
            if function.startswith("Fn::"):
                return self._call(stack, function, argument)
        return {key: self._resolve(stack, each) for key, each in value.items()}

    def _ref(self, stack: str, name: str) -> str:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name == "AWS::StackId":
            return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack}/51af3dc0-da77-11e4-872e-1234567db123"
        resource = self._templates[stack]["Resources"].get(name)
        if resource is None:  # the stack's name, and its parameters
            return f"{stack}-{name.rpartition(':')[2]}"
        if resource["Type"] in _REF_IS_ARN:
            return _arn(resource["Type"], self._name(stack, name))
        if resource["Type"] == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{self._name(stack, name)}"
        return self._name(stack, name)

    def _call(self, stack: str, function: str, argument: Any) -> Any:
        match function:
            case "Fn::GetAtt":
                return self._attribute(stack, *argument)
            case "Fn::ImportValue":
                exporter, value = self._exports[self._resolve(stack, argument)]
                return self._resolve(exporter, value)
            case "Fn::GetStackOutput":
                exporter = argument["StackName"]
                return self._resolve(exporter, self._templates[exporter]["Outputs"][argument["OutputName"]]["Value"])
            case "Fn::Join":
                glue, parts = argument
                return glue.join(map(str, self._resolve(stack, parts)))
            case "Fn::Sub":
                return re.sub(r"\$\{([^}]+)\}", lambda found: self._ref(stack, found[1]), argument)
            case "Fn::Select":
                place, values = argument
                return self._resolve(stack, values)[int(place)]
            case "Fn::Split":
                glue, text = argument
                return self._resolve(stack, text).split(glue)
            case "Fn::GetAZs":
                return [f"{REGION}{zone}" for zone in "abc"]
        raise NotImplementedError(function)

    def _attribute(self, stack: str, logical_id: str, attribute: str) -> str:
        resource = self._templates[stack]["Resources"][logical_id]
        name = self._name(stack, logical_id)
        arn = _arn(resource["Type"], name)
        if attribute in ("Arn", "TopicArn") or (attribute, resource["Type"]) == ("Id", "AWS::SecretsManager::Secret"):
            return arn
        if attribute == "StreamArn":
            return f"{arn}/stream/2026-01-01T00:00:00.000"
        if attribute.endswith("FullName"):
            return arn.rpartition(":")[2].removeprefix("loadbalancer/")
        return name if attribute.endswith("Name") else f"{name}.{attribute}"


def _arn(type_: str, name: str) -> str:
    place = f"{REGION}:{ACCOUNT}"
    _, service, _ = f"{type_}::".split("::", 2)
    shape = _ARNS.get(type_, f"{service.lower()}:{{place}}:{{name}}")
    return f"arn:aws:{shape.format(place=place, account=ACCOUNT, name=name)}"


def _only(found: Iterator[Resource]) -> Resource:
    resource = next(found, None)
    if resource is None:
        raise LookupError
    return resource
