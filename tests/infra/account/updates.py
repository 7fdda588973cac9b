"""CloudFormation brings a set of stacks from one set of templates to another.

The CloudFormation User Guide has the rules: "Update behaviors of stack resources", "Refer to resource outputs in
another stack".

Stacks are updated one after another in the order of their dependencies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.infra.account.resources import REGION

Template = Mapping[str, Any]
Templates = Mapping[str, Template]

# Their contents, their address or their name is known outside the stack.
STATEFUL: Final = frozenset(
    (
        "AWS::ApiGateway::RestApi",
        "AWS::CloudFront::Distribution",
        "AWS::DynamoDB::GlobalTable",
        "AWS::EC2::EIP",
        "AWS::EC2::Subnet",
        "AWS::EC2::VPC",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::Events::EventBus",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    )
)
# The property that fixes the physical name of a resource, where that has to be unique.
_NAMES: Final = (
    "BucketName",
    "FunctionName",
    "LogGroupName",
    "Name",
    "QueueName",
    "RoleName",
    "TableName",
    "TopicName",
)


class Place(NamedTuple):
    """A resource of a stack."""

    stack: str
    logical_id: str


def replaced(before: Templates, after: Templates) -> set[Place]:
    """The resources that an update makes anew: those with a changed create-only property, and what refers to them."""
    common = _common(before, after)
    found: set[Place] = set()
    while True:
        more = {place for place in common if place not in found and _is_replaced(before, after, place, found)}
        if not more:
            return found
        found |= more


def deadlocks(before: Templates, after: Templates) -> Iterator[str]:
    """The updates that CloudFormation refuses: of a stack that drops or changes an export while another imports it."""
    deployed = dict(before)
    for stack in [*after, *(before.keys() - after.keys())]:
        new = after.get(stack, {"Resources": {}})
        dropped = {
            name for name, value in _exports(deployed.get(stack, {})).items() if _exports(new).get(name) != value
        }
        for other, template in deployed.items():
            if other != stack:
                yield from (f"{stack} drops {name}, {other} imports it" for name in dropped & _imports(template))
        deployed[stack] = new


def refused(before: Templates, after: Templates) -> Iterator[str]:
    """The changes of the network that AWS refuses, although CloudFormation would make them in place.

    A balancer keeps its address in a subnet (Elastic Load Balancing User Guide, "Create a Network Load Balancer"). A
    subnet keeps its IPv6 range while an interface uses it (VPC User Guide, "Remove IPv6 CIDR blocks").
    """
    for place in _common(before, after):
        old, new = (t[place.stack]["Resources"][place.logical_id].get("Properties", {}) for t in (before, after))
        if kind(after, place) == "AWS::ElasticLoadBalancingV2::LoadBalancer":
            had, has = _allocations(old), _allocations(new)
            yield from (
                f"{place}: another address in {subnet}"
                for subnet in had.keys() & has.keys()
                if had[subnet] != has[subnet]
            )
        if kind(after, place) == "AWS::EC2::Subnet" and "Ipv6CidrBlock" in old and "Ipv6CidrBlock" not in new:
            yield f"{place}: loses its IPv6 range"


def _allocations(balancer: Mapping[str, Any]) -> dict[str, Any]:
    """The address of its own that a balancer has in each of its subnets, None for one that AWS chooses."""
    mapped = {m["SubnetId"]["Ref"]: m.get("AllocationId") for m in balancer.get("SubnetMappings", ())}
    return {subnet["Ref"]: None for subnet in balancer.get("Subnets", ())} | mapped


def dangling(templates: Templates) -> Iterator[str]:
    """The references to outputs that no stack has."""
    exports = {name for template in templates.values() for name in _exports(template)}
    for stack, template in templates.items():
        yield from (f"{stack}: {name}" for name in _imports(template) - exports)
        for reference in _find(template, "Fn::GetStackOutput"):
            if reference["OutputName"] not in templates[reference["StackName"]].get("Outputs", {}):
                yield f"{stack}: {reference['OutputName']}"


def clashes(before: Templates, after: Templates) -> Iterator[Place]:
    """The resources whose new one has the name of one that is there still.

    An update makes a resource anew before it deletes the old one, and a retained one is never deleted.
    """
    for place in replaced(before, after):
        if fixed_name(after, place) is not None and fixed_name(before, place) == fixed_name(after, place):
            yield place


def retained_with_fixed_names(templates: Templates) -> Iterator[Place]:
    """The resources that outlive their stack under a name that the next deployment wants."""
    for stack, template in templates.items():
        for name, resource in template["Resources"].items():
            if resource.get("DeletionPolicy", "Delete") != "Delete" and fixed_name(templates, Place(stack, name)):
                yield Place(stack, name)


def fixed_name(templates: Templates, place: Place) -> Any:
    """The physical name that the template gives a resource, None when CloudFormation makes one."""
    resource = templates[place.stack]["Resources"][place.logical_id]
    create_only = _create_only(resource["Type"])
    return next((resource["Properties"][name] for name in _NAMES if (name,) in create_only & _paths(resource)), None)


def kind(templates: Templates, place: Place) -> str:
    """The type of a resource."""
    return str(templates[place.stack]["Resources"][place.logical_id]["Type"])


def _common(before: Templates, after: Templates) -> list[Place]:
    return [
        Place(stack, name)
        for stack in before.keys() & after.keys()
        for name in before[stack]["Resources"].keys() & after[stack]["Resources"].keys()
    ]


def _is_replaced(before: Templates, after: Templates, place: Place, found: set[Place]) -> bool:
    old, new = (t[place.stack]["Resources"][place.logical_id] for t in (before, after))
    if old["Type"] != new["Type"]:
        return True
    return any(
        _at(old, path) != _at(new, path) or _refers(after, place.stack, _at(new, path), found)
        for path in _create_only(new["Type"])
    )


def _refers(templates: Templates, stack: str, value: Any, found: set[Place]) -> bool:
    """Whether a value is made of a resource that is made anew, of this stack or another."""
    names = [*_find(value, "Ref"), *(attribute[0] for attribute in _find(value, "Fn::GetAtt"))]
    if any(Place(stack, name) in found for name in names):
        return True
    for reference in _find(value, "Fn::GetStackOutput"):
        output = templates[reference["StackName"]]["Outputs"][reference["OutputName"]]
        if _refers(templates, reference["StackName"], output["Value"], found):
            return True
    return False


@cache
def _create_only(type_: str) -> frozenset[tuple[str, ...]]:
    """The paths of the properties that can't change (the schema of the resource type, `createOnlyProperties`)."""
    if type_.startswith("Custom::"):
        return frozenset()
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, type_).schema
    return frozenset(
        tuple(path.removeprefix("/properties/").split("/")) for path in schema.get("createOnlyProperties", ())
    )


def _paths(resource: Mapping[str, Any]) -> set[tuple[str, ...]]:
    return {(name,) for name in resource.get("Properties", {})}


def _at(resource: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = resource.get("Properties", {})
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _exports(template: Template) -> dict[str, Any]:
    return {o["Export"]["Name"]: o["Value"] for o in template.get("Outputs", {}).values() if "Export" in o}


def _imports(template: Template) -> set[str]:
    return set(_find(template, "Fn::ImportValue"))


def _find(value: Any, function: str) -> Iterator[Any]:
    """The arguments of all calls of a function within a value."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == function:
                yield inner
            yield from _find(inner, function)
    elif isinstance(value, list):
        for inner in value:
            yield from _find(inner, function)
