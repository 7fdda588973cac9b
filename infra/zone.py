"""The hosted zone that names are written in."""

from __future__ import annotations

from aws_cdk import aws_route53 as route53
from constructs import Construct

from infra.configuration import Configuration


def hosted_zone(scope: Construct, configuration: Configuration) -> route53.IHostedZone | None:
    """The zone that the configuration names, None when it names none. It is not looked up: that takes an account."""
    if not configuration.hosted_zone_id or not configuration.hosted_zone_name:
        return None
    return route53.HostedZone.from_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id=configuration.hosted_zone_id, zone_name=configuration.hosted_zone_name
    )
