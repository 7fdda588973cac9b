"""The hosted zone: whether the world is led to it, and whether Amazon may make certificates of its names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sipctl.aws import Account
from sipctl.check import Check
from sipctl.environment import Environment
from sipctl.names import Names

# ACM User Guide, "Configure a CAA record".
_AMAZON: Final = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")


def check_names(account: Account, environment: Environment, names: Names) -> Iterator[Check]:
    """Checks the zone of an environment, if it has one."""
    if environment.hosted_zone_id:
        yield from _check_zone(account, environment, names)
    if environment.has_tls:
        yield _check_issuers(environment, names)


def _check_zone(account: Account, environment: Environment, names: Names) -> Iterator[Check]:
    zones = account.client("route53")
    try:
        zone = zones.get_hosted_zone(Id=environment.hosted_zone_id)
    except zones.exceptions.NoSuchHostedZone:
        yield Check("hosted zone", False, f"there is no {environment.hosted_zone_id}.", "Correct hosted_zone_id.")
        return
    name, is_private = zone["HostedZone"]["Name"].rstrip("."), zone["HostedZone"]["Config"]["PrivateZone"]
    yield Check(
        "hosted zone",
        name == environment.hosted_zone_name and not is_private,
        f"{environment.hosted_zone_id} is {name}, {'private' if is_private else 'public'}.",
        f"Take the public zone of {environment.hosted_zone_name}.",
    )
    ours = sorted(server.rstrip(".").lower() for server in zone["DelegationSet"]["NameServers"])
    seen = sorted(server.rstrip(".").lower() for server in names.records(name, "NS"))
    yield Check(
        "delegation",
        seen == ours,
        f"resolvers are led to {', '.join(seen) or 'no server'}.",
        f"At the registrar of {name}, or in the zone above it, set the name servers {', '.join(ours)}.",
    )


def _check_issuers(environment: Environment, names: Names) -> Check:
    hosts = [f"{label}.{environment.base}" for label in ("sip", "registrar", "api")]
    refused = [host for host in hosts if not _may_issue(names, host, is_wildcard=False)]
    if not _may_issue(names, f"registrar.{environment.base}", is_wildcard=True):
        refused.append(f"*.registrar.{environment.base}")
    return Check(
        "certificate issuers (CAA)",
        not refused,
        f"Amazon may {'not make certificates of ' + ', '.join(refused) if refused else 'make certificates'}.",
        f'Add a CAA record: 0 issue "{_AMAZON[0]}", and 0 issuewild "{_AMAZON[0]}" where there is an issuewild.',
    )


def _may_issue(names: Names, host: str, *, is_wildcard: bool) -> bool:
    """Whether the closest CAA records at or above a host let Amazon issue (RFC 8659 §3, §4)."""
    labels = host.split(".")
    for place in range(len(labels)):
        records = [record.split(" ", 2) for record in names.records(".".join(labels[place:]), "CAA")]
        if records:
            wild = [value for _, tag, value in records if tag.lower() == "issuewild"]
            plain = [value for _, tag, value in records if tag.lower() == "issue"]
            allowed = wild if is_wildcard and wild else plain
            return not allowed or any(_issuer(value) in _AMAZON for value in allowed)
    return True


def _issuer(value: str) -> str:
    return value.strip('"').partition(";")[0].strip().lower()
