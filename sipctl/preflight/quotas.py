"""The quotas of an account that a deployment uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sipctl.aws import Account
from sipctl.check import Check
from sipctl.environment import Environment
from sipctl.stacks import Stacks

# A rolling update starts each new edge before an old one ends; an edge has one vCPU.
_EDGES_IN_UPDATE: Final = 2
# 20 deliveries to webhooks, the readers of four streams, and the API's own; a new account may have 10.
_FUNCTIONS: Final = 100


class _Quota(NamedTuple):
    """A quota of Service Quotas, by the codes that are the same in all accounts."""

    name: str
    service: str
    code: str


_VCPUS: Final = _Quota("Fargate vCPUs", "fargate", "L-3032A538")
_CONCURRENCY: Final = _Quota("concurrent functions", "lambda", "L-B99A9384")
_BALANCERS: Final = _Quota("network load balancers", "elasticloadbalancing", "L-69A177A2")
_NETWORKS: Final = _Quota("networks (VPCs)", "vpc", "L-F678F1CE")
_ADDRESSES: Final = _Quota("Elastic IPs", "ec2", "L-0263D0A3")


def check_quotas(account: Account, environment: Environment, is_deployed: bool) -> Iterator[Check]:
    """Checks what a deployment needs at most; one that stands already has its network and its balancer."""
    yield _check(account, _VCPUS, 0, _EDGES_IN_UPDATE * environment.edges_most, "or lower edges_most")
    yield _check(account, _CONCURRENCY, 0, _FUNCTIONS)
    more = 0 if is_deployed else 1
    balancers = _count(account, "elbv2", "describe_load_balancers", "LoadBalancers[?Type=='network']")
    yield _check(account, _BALANCERS, balancers, more)
    yield _check(account, _NETWORKS, _count(account, "ec2", "describe_vpcs", "Vpcs"), more)
    if environment.elastic_ips:
        yield _check_addresses(account, environment)


def _check_addresses(account: Account, environment: Environment) -> Check:
    """The Elastic IPs that an environment has already count as in use, and are not needed again."""
    used = len(account.client("ec2").describe_addresses()["Addresses"])
    owned = len(Stacks(account, environment).resources("AWS::EC2::EIP"))
    otherwise = "or release unused ones, or set elastic_ips = false"
    return _check(account, _ADDRESSES, used, max(0, environment.elastic_ips - owned), otherwise)


def _check(account: Account, quota: _Quota, used: int, needed: int, otherwise: str = "") -> Check:
    value = _value(account.client("service-quotas"), quota)
    return Check(
        quota.name,
        value - used >= needed,
        f"the quota is {value:g}, {used} in use, {needed} more needed.",
        f"Ask for more: aws service-quotas request-service-quota-increase --service-code {quota.service} "
        f"--quota-code {quota.code} --desired-value {used + needed}{otherwise and f', {otherwise}'}.",
    )


def _value(quotas: Any, quota: _Quota) -> float:
    """The account's own value, or the one of all accounts where it has none."""
    asked = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        answer = quotas.get_service_quota(**asked)
    except quotas.exceptions.NoSuchResourceException:
        answer = quotas.get_aws_default_service_quota(**asked)
    return float(answer["Quota"]["Value"])


def _count(account: Account, service: str, operation: str, found: str) -> int:
    pages = account.client(service).get_paginator(operation).paginate()
    return sum(1 for item in pages.search(found) if item is not None)
