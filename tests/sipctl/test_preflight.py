"""An account before a deployment: each thing that would make it fail is found, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from infra.configuration import Configuration
from local.emulator import CREDENTIALS, REGION, session
from sipctl.aws import Account
from sipctl.check import Check
from sipctl.commands.deployment.preflight import checks
from sipctl.environment import Environment
from sipctl.names import Names
from sipctl.stacks import Stacks
from tests.background import in_background
from tests.service import Service
from tests.sip_edge.resolver.nameserver import Nameserver
from tests.sipctl.service_quotas import service_quotas
from tests.sipctl.terminal import Terminal

BASE = "voip.example"


@pytest.fixture
def account(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account in which nothing is wrong."""
    for name, value in (
        ("AWS_ENDPOINT_URL", service.endpoint),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", CREDENTIALS.access_key),
        ("AWS_SECRET_ACCESS_KEY", CREDENTIALS.secret_key),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with service_quotas() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", url)
        yield Account(None)


@pytest.fixture
def zone(service: Service) -> Iterator[dict[str, Any]]:
    """A hosted zone of the base."""
    zones = session().client("route53", endpoint_url=service.endpoint)
    made = zones.create_hosted_zone(Name=BASE, CallerReference=BASE)
    yield made
    zones.delete_hosted_zone(Id=made["HostedZone"]["Id"])


def environment(zone: dict[str, Any] | None = None, **values: Any) -> Environment:
    named = {"hosted_zone_id": zone["HostedZone"]["Id"].rpartition("/")[2]} if zone else {}
    return Environment("preflight", {"base": BASE, **named, **values})


@contextmanager
def resolver(*records: str) -> Iterator[Names]:
    nameserver = Nameserver("\n".join(records))
    with in_background(nameserver.serving()):
        yield Names(f"127.0.0.1:{nameserver.port}")


def delegation(zone: dict[str, Any]) -> list[str]:
    return [f"voip NS {server.rstrip('.')}." for server in zone["DelegationSet"]["NameServers"]]


def failed(found: Iterator[Check]) -> dict[str, Check]:
    return {check.name: check for check in found if not check.passed}


def test_a_good_account_passes(account: Account, zone: dict[str, Any]) -> None:
    with resolver(*delegation(zone), 'voip CAA 0 issue "amazon.com"') as names:
        found = list(checks(account, environment(zone), names))
    assert not failed(iter(found))
    assert {check.name for check in found} >= {"bootstrap", "stacks", "delegation", "certificate issuers (CAA)"}


@pytest.mark.parametrize(
    ("quota", "name"),
    [
        ({"L_3032A538": 6.0}, "Fargate vCPUs"),
        ({"L_B99A9384": 10.0}, "concurrent functions"),
        ({"L_69A177A2": 0.0}, "network load balancers"),
        ({"L_F678F1CE": 0.0}, "networks (VPCs)"),
        ({"L_0263D0A3": 2.0}, "Elastic IPs"),
    ],
)
def test_a_quota_that_is_too_small(
    account: Account, monkeypatch: pytest.MonkeyPatch, quota: dict[str, float], name: str
) -> None:
    with service_quotas(**quota) as url, resolver() as names:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", url)
        found = failed(checks(Account(None), environment(elastic_ips=True), names))
    assert set(found) == {name}
    assert "request-service-quota-increase" in found[name].advice


def test_fewer_edges_fit_into_a_new_accounts_quota(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    with service_quotas(L_3032A538=6.0) as url, resolver() as names:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", url)
        assert not failed(checks(Account(None), environment(edges_most=3), names))


def test_elastic_ips_of_the_environment_are_not_needed_again(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    ec2 = account.client("ec2")
    owned = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(2)]
    # The emulator's stacks have no resource of this type.
    monkeypatch.setattr(Stacks, "resources", lambda _, kind: dict(enumerate(owned)) if kind == "AWS::EC2::EIP" else {})
    try:
        with service_quotas(L_0263D0A3=2.0) as url, resolver() as names:
            monkeypatch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", url)
            assert not failed(checks(Account(None), environment(elastic_ips=True, availability_zones=2), names))
            found = failed(checks(Account(None), environment(elastic_ips=True), names))
    finally:
        for address in owned:
            ec2.release_address(AllocationId=address)
    assert "2 in use, 1 more needed" in found["Elastic IPs"].found


def test_elastic_ips_have_a_line_only_where_they_are_wanted(account: Account) -> None:
    with resolver() as names:
        assert "Elastic IPs" not in {check.name for check in checks(account, environment(), names)}


def test_too_few_zones(account: Account) -> None:
    with resolver() as names:
        found = failed(checks(account, environment(availability_zones=4), names))
    assert "availability zones" in found
    assert "availability_zones = 3" in found["availability zones"].advice


@pytest.mark.parametrize("records", [(), ("voip NS ns1.elsewhere.test.",)])
def test_a_zone_that_the_world_is_not_led_to(account: Account, zone: dict[str, Any], records: tuple[str, ...]) -> None:
    with resolver(*records) as names:
        found = failed(checks(account, environment(zone), names))
    assert set(found) == {"delegation"}
    assert zone["DelegationSet"]["NameServers"][0].rstrip(".") in found["delegation"].advice


def test_a_zone_of_another_name_or_none(account: Account, zone: dict[str, Any]) -> None:
    with resolver(*delegation(zone)) as names:
        assert "hosted zone" in failed(checks(account, environment(zone, hosted_zone_name="example"), names))
        missing = Environment("preflight", {"base": BASE, "hosted_zone_id": "Z0NOTTHERE"})
        assert "hosted zone" in failed(checks(account, missing, names))


@pytest.mark.parametrize(
    ("records", "refused"),
    [
        (('voip CAA 0 issue "letsencrypt.org"',), True),
        (('@ CAA 0 issue "letsencrypt.org"',), True),  # of the domain above
        (('voip CAA 0 issue ";"',), True),
        (('voip CAA 0 issue "amazon.com"', 'voip CAA 0 issuewild ";"'), True),
        (('voip CAA 0 issue "letsencrypt.org"', 'voip CAA 0 issue "AmazonAWS.com; policy=x"'), False),
        (('voip CAA 0 iodef "mailto:a@voip.example"',), False),
        (('@ CAA 0 issue "letsencrypt.org"', 'voip CAA 0 issue "awstrust.com"'), False),
        (('sip.voip CAA 0 issue "letsencrypt.org"',), True),
        (('voip CAA 0 issuewild "letsencrypt.org"',), True),
    ],
)
def test_certificate_issuers(account: Account, zone: dict[str, Any], records: tuple[str, ...], refused: bool) -> None:
    with resolver(*delegation(zone), *records) as names:
        found = failed(checks(account, environment(zone), names))
    assert set(found) == ({"certificate issuers (CAA)"} if refused else set())


def test_what_an_earlier_deployment_has_left(account: Account, zone: dict[str, Any]) -> None:
    wanted = environment(zone)
    dynamodb, events, route53 = (account.client(name) for name in ("dynamodb", "events", "route53"))
    table, bus = f"{wanted.stack('data')}-Extensions", wanted.stack("events")
    record = {"Name": f"sip.{BASE}.", "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    events.create_event_bus(Name=bus)
    _change(route53, zone, "CREATE", record)
    try:
        with resolver(*delegation(zone)) as names:
            found = failed(checks(account, wanted, names))
        assert set(found) == {"kept tables", "event bus", "records"}
        assert f"sip.{BASE}." in found["records"].found
    finally:
        dynamodb.delete_table(TableName=table)
        events.delete_event_bus(Name=bus)
        _change(route53, zone, "DELETE", record)


def test_an_account_without_bootstrap(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")  # no region but that of the service has one
    with resolver() as names:
        assert "bootstrap" in failed(checks(Account(None), environment(), names))


def test_a_deployed_environment_can_be_deployed_again(account: Account, service: Service) -> None:
    with resolver() as names:
        found = list(checks(account, Environment("live", {"base": service.base}), names))
    assert not failed(iter(found))
    (stacks,) = [check for check in found if check.name == "stacks"]
    assert "sip-extensions-live-data" in stacks.found


def test_an_account_that_can_not_be_asked_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(
        AWS_ACCESS_KEY_ID="a",
        AWS_SECRET_ACCESS_KEY="b",
        AWS_DEFAULT_REGION=REGION,
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
        AWS_MAX_ATTEMPTS="1",
    )
    ended = terminal.run("preflight")
    assert ended.status == 1
    assert "FAIL  bootstrap: AWS can't be asked" in ended.stdout
    assert terminal.run("preflight", "--environment", "nowhere").status == 2
    assert Terminal().run("preflight", AWS_CONFIG_FILE="/dev/null").status == 2


def test_defaults_are_those_of_the_deployment() -> None:
    deployed = Configuration.model_validate({"base": BASE})
    ours = environment()
    assert (ours.availability_zones, ours.edges_most) == (deployed.availability_zones, deployed.edges_most)
    named = {"base": BASE, "hosted_zone_id": "Z0123456789ABC"}
    assert Environment("x", named).hosted_zone_name == Configuration.model_validate(named).hosted_zone_name


def _change(route53: Any, zone: dict[str, Any], action: str, record: dict[str, Any]) -> None:
    route53.change_resource_record_sets(
        HostedZoneId=zone["HostedZone"]["Id"],
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
    )
