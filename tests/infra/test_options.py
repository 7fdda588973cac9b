"""The options of the edge's addresses, and the throughput of a table when all phones come back at once."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from infra.edge import ports
from sip_edge.settings import Settings
from tests.infra.conftest import MakeApp, template

ZONE = "Z0123456789ABC"
OPTIONS: dict[str, Any] = {
    "dual_stack": True,
    "elastic_ips": True,
    "deletion_protection": True,
    "warm_writes": 20_000,
    "hosted_zone_id": ZONE,
}


@pytest.fixture(scope="module")
def everything(make_app: MakeApp) -> App:
    return make_app(base="voip.test", **OPTIONS)


@pytest.fixture(scope="module")
def edge(everything: App) -> Template:
    return template(everything, "edge")


def found(stack: Template, kind: str) -> list[dict[str, Any]]:
    return [resource.get("Properties", {}) for resource in stack.find_resources(f"AWS::{kind}").values()]


def attributes(stack: Template) -> dict[str, str]:
    (balancer,) = found(stack, "ElasticLoadBalancingV2::LoadBalancer")
    return {item["Key"]: item["Value"] for item in balancer["LoadBalancerAttributes"]}


def test_each_zone_has_an_address_that_outlives_the_stack(edge: Template) -> None:
    (balancer,) = found(edge, "ElasticLoadBalancingV2::LoadBalancer")
    addresses = edge.find_resources("AWS::EC2::EIP")
    assert len(addresses) == 3
    assert {address["DeletionPolicy"] for address in addresses.values()} == {"RetainExceptOnCreate"}
    mapped = [mapping["AllocationId"]["Fn::GetAtt"][0] for mapping in balancer["SubnetMappings"]]
    assert sorted(mapped) == sorted(addresses)
    assert "Subnets" not in balancer


def test_the_balancer_is_protected_when_that_is_asked_for(edge: Template, app: App) -> None:
    assert attributes(edge)["deletion_protection.enabled"] == "true"
    assert attributes(template(app, "edge"))["deletion_protection.enabled"] == "false"


def test_balancer_edges_and_names_have_ipv6(edge: Template) -> None:
    (balancer,) = found(edge, "ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["IpAddressType"] == "dualstack"
    assert balancer["EnablePrefixForIpv6SourceNat"] == "on"  # or UDP is refused
    assert all("Ipv6CidrBlock" in subnet for subnet in found(edge, "EC2::Subnet"))
    assert len([r for r in found(edge, "EC2::Route") if r.get("DestinationIpv6CidrBlock") == "::/0"]) == 3
    names = {record["Type"]: set[str]() for record in found(edge, "Route53::RecordSet")}
    for record in found(edge, "Route53::RecordSet"):
        names[record["Type"]].add(record["Name"])
    assert names["AAAA"] == names["A"] == {f"{n}.voip.test." for n in ("sip", "registrar", "*.registrar")}


def test_what_is_open_over_ipv4_is_open_over_ipv6(edge: Template, app: App) -> None:
    def rules(stack: Template, name: str) -> set[tuple[str, int, int]]:
        groups = found(stack, "EC2::SecurityGroup")
        listed = [rule for group in groups for rule in group["SecurityGroupIngress"] if name in rule]
        return {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in listed}

    assert rules(edge, "CidrIpv6") == rules(edge, "CidrIp")
    assert ("udp", ports.SOUND_FIRST, ports.SOUND_LAST) in rules(edge, "CidrIpv6")
    assert rules(template(app, "edge"), "CidrIpv6") == set()


def test_edges_and_relays_are_told_of_ipv6(edge: Template) -> None:
    (task,) = found(edge, "ECS::TaskDefinition")
    told = {c["Name"]: {e["Name"]: e["Value"] for e in c["Environment"]} for c in task["ContainerDefinitions"]}
    values = {"base_domain": "voip.test", "advertised_host": "sip.voip.test", "sip_secret": "s" * 32}
    settings = Settings.model_validate({**values, "sip_host": told["edge"]["SIP_HOST"]})
    assert settings.addresses == [("0.0.0.0", "sip.voip.test"), ("::", "sip.voip.test")]
    assert told["rtpengine"]["DUAL_STACK"] == "yes"


def test_the_table_of_addresses_is_warm(everything: App, app: App) -> None:
    warm = [table.get("WarmThroughput") for table in found(template(everything, "data"), "DynamoDB::GlobalTable")]
    assert [found for found in warm if found] == [{"ReadUnitsPerSecond": 20_000, "WriteUnitsPerSecond": 20_000}]
    assert not any("WarmThroughput" in table for table in found(template(app, "data"), "DynamoDB::GlobalTable"))


def test_reads_are_never_fewer_than_a_cold_table_takes(make_app: MakeApp) -> None:
    data = template(make_app(base="voip.test", warm_writes=5_000), "data")
    (warm,) = [t["WarmThroughput"] for t in found(data, "DynamoDB::GlobalTable") if "WarmThroughput" in t]
    assert warm == {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 5_000}
