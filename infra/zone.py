"""The hosted zone that names are written in."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_route53 as route53
from constructs import Construct

from infra.configuration import Configuration, ConfigurationError


def hosted_zone(
    scope: Construct, configuration: Configuration, given: route53.IHostedZone | None
) -> route53.IHostedZone | None:
    """The given zone, or the one that the configuration names, None when it names none.

    A zone is not looked up: that takes an account. Raises ConfigurationError when the given one does not fit.
    """
    if given:
        _check(configuration, given.zone_name)
        return given
    if not configuration.hosted_zone_id or not configuration.hosted_zone_name:
        return None
    return route53.HostedZone.from_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id=configuration.hosted_zone_id, zone_name=configuration.hosted_zone_name
    )


def _check(configuration: Configuration, name: str) -> None:
    if configuration.hosted_zone_id or configuration.certificate_arn:
        raise ConfigurationError("hosted_zone: hosted_zone_id and certificate_arn have no use beside it")
    if not cdk.Token.is_unresolved(name) and not f".{configuration.base}".endswith(f".{name.rstrip('.')}"):
        raise ConfigurationError(f"hosted_zone={name!r}: is not above base={configuration.base!r}")
