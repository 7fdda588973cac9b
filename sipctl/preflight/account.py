"""The account's bootstrap, its zones, and what an earlier deployment has left in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sipctl.aws import Account
from sipctl.check import Check
from sipctl.environment import STACKS, Environment

_BOOTSTRAP: Final = "/cdk-bootstrap/hnb659fds/version"
# Templates refuse earlier ones (CDK Developer Guide, "Bootstrap template version history").
_BOOTSTRAP_VERSION: Final = 6
# CloudFormation updates a stack from these alone (CloudFormation User Guide, "Stack status codes").
_UPDATABLE: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")


def check_bootstrap(account: Account) -> Iterator[Check]:
    """Checks that `cdk bootstrap` has been run in this region."""
    parameters = account.client("ssm")
    advice = "Run: npx aws-cdk bootstrap"
    try:
        version = int(parameters.get_parameter(Name=_BOOTSTRAP)["Parameter"]["Value"])
    except parameters.exceptions.ParameterNotFound:
        yield Check("bootstrap", False, f"there is none in {account.region}.", advice)
    else:
        yield Check("bootstrap", version >= _BOOTSTRAP_VERSION, f"version {version} in {account.region}.", advice)


def check_zones(account: Account, environment: Environment) -> Iterator[Check]:
    """Checks that the account has as many availability zones here as the environment spreads its edges over."""
    zones = account.client("ec2").describe_availability_zones(
        Filters=[{"Name": "state", "Values": ["available"]}, {"Name": "zone-type", "Values": ["availability-zone"]}]
    )["AvailabilityZones"]
    names = sorted(zone["ZoneName"] for zone in zones if zone.get("OptInStatus") != "not-opted-in")
    yield Check(
        "availability zones",
        len(names) >= environment.availability_zones,
        f"{', '.join(names)}; availability_zones = {environment.availability_zones}.",
        f"Set availability_zones = {len(names)}, or take another region.",
    )


def check_stacks(stacks: dict[str, str], environment: Environment) -> Iterator[Check]:
    """Checks that each stack that is there can be updated. `stacks` has the status of each by its name."""
    names = [environment.stack(part) for part in STACKS if environment.stack(part) in stacks]
    stuck = [f"{name} is {stacks[name]}" for name in names if stacks[name] not in _UPDATABLE]
    yield Check(
        "stacks",
        not stuck,
        f"{', '.join(stuck or names) or 'none yet'}.",
        "Wait for one in progress; delete one that failed: aws cloudformation delete-stack --stack-name NAME",
    )


def check_leftovers(account: Account, stacks: dict[str, str], environment: Environment) -> Iterator[Check]:
    """Checks for tables that a deleted deployment has kept, and for names that a first one would take."""
    if environment.stack("data") not in stacks:
        prefix = environment.stack("data")
        pages = account.client("dynamodb").get_paginator("list_tables").paginate()
        kept = [name for page in pages for name in page["TableNames"] if name.startswith(f"{prefix}-")]
        yield Check(
            "kept tables",
            not kept,
            f"{len(kept)} of an earlier deployment.",
            "New tables are made beside them, and are empty: restore them (docs/disaster-recovery.md), or delete them.",
        )
    if environment.stack("events") not in stacks:
        name = environment.stack("events")
        buses = account.client("events").list_event_buses(NamePrefix=name)["EventBuses"]
        yield Check(
            "event bus",
            not any(bus["Name"] == name for bus in buses),
            f"{name} {'exists' if buses else 'is free'}.",
            f"Delete it: aws events delete-event-bus --name {name}",
        )
    if environment.hosted_zone_id:
        yield from _check_records(account, stacks, environment)


def _check_records(account: Account, stacks: dict[str, str], environment: Environment) -> Iterator[Check]:
    """CloudFormation refuses to make a record that is there."""
    owners = {"sip": "edge", "registrar": "edge", "\\052.registrar": "edge", "api": "api"}
    awaited = {
        f"{label}.{environment.base}." for label, part in owners.items() if environment.stack(part) not in stacks
    }
    taken = sorted({record["Name"] for record in _records(account, environment) if record["Name"] in awaited})
    yield Check(
        "records",
        not taken,
        f"{', '.join(taken) or 'none'} in the hosted zone {'would collide' if taken else 'collides'}.",
        "Delete these records from the hosted zone, or take another base.",
    )


def _records(account: Account, environment: Environment) -> Iterator[dict[str, Any]]:
    records = account.client("route53").get_paginator("list_resource_record_sets")
    for page in records.paginate(HostedZoneId=environment.hosted_zone_id):
        yield from page["ResourceRecordSets"]


def stack_statuses(account: Account) -> dict[str, str]:
    """Returns the status of each stack of the account in this region by its name."""
    pages = account.client("cloudformation").get_paginator("describe_stacks").paginate()
    return {stack["StackName"]: stack["StackStatus"] for page in pages for stack in page["Stacks"]}
