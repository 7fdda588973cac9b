"""The names, where there is a hosted zone to write them in."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk.assertions import Match, Template

from infra import outputs
from tests.infra.conftest import MakeApp, template


def _records(found: Template) -> dict[tuple[str, str], dict[str, Any]]:
    """The properties of all records, by name and type."""
    records = [r["Properties"] for r in found.find_resources("AWS::Route53::RecordSet").values()]
    assert {record["HostedZoneId"] for record in records} <= {"Z0123456789ABC"}
    return {(record["Name"], record["Type"]): record for record in records}


@pytest.mark.parametrize("host", ["sip.voip.test.", "registrar.voip.test.", "*.registrar.voip.test."])
def test_every_name_has_an_address(named_edge: Template, host: str) -> None:
    (balancer,) = named_edge.find_resources("AWS::ElasticLoadBalancingV2::LoadBalancer")
    alias = _records(named_edge)[host, "A"]["AliasTarget"]
    assert alias["DNSName"]["Fn::Join"][1][-1] == {"Fn::GetAtt": [balancer, "DNSName"]}


@pytest.mark.parametrize(
    ("host", "services_of"),
    [
        ("sip.voip.test.", "sip.voip.test."),
        ("registrar.voip.test.", "registrar.voip.test."),
        ("*.registrar.voip.test.", "registrar.voip.test."),
    ],
)
def test_every_name_tells_its_transports(named_edge: Template, host: str, services_of: str) -> None:
    records = _records(named_edge)
    naptr = records[host, "NAPTR"]["ResourceRecords"]
    assert naptr == [
        f'10 10 "S" "SIPS+D2T" "" _sips._tcp.{services_of}',
        f'10 20 "S" "SIP+D2T" "" _sip._tcp.{services_of}',
        f'10 30 "S" "SIP+D2U" "" _sip._udp.{services_of}',
    ]
    ports = {"_sips._tcp": 5061, "_sip._tcp": 5060, "_sip._udp": 5060}
    for value in naptr:
        srv = value.rpartition(" ")[2]
        (port,) = {ports[prefix] for prefix in ports if srv.startswith(f"{prefix}.")}
        assert records[srv, "SRV"]["ResourceRecords"] == [f"10 10 {port} sip.voip.test."]


def test_there_are_no_other_records(named_edge: Template) -> None:
    assert len(_records(named_edge)) == 3 * 2 + 2 * 3


def test_the_certificate_is_of_all_names_and_is_used(named_edge: Template) -> None:
    ((logical_id, certificate),) = named_edge.find_resources("AWS::CertificateManager::Certificate").items()
    properties = certificate["Properties"]
    assert {properties["DomainName"], *properties["SubjectAlternativeNames"]} == {
        "sip.voip.test",
        "registrar.voip.test",
        "*.registrar.voip.test",
    }
    assert properties["ValidationMethod"] == "DNS"
    for port in (5061, 443):
        named_edge.has_resource_properties(
            "AWS::ElasticLoadBalancingV2::Listener",
            {"Port": port, "Protocol": "TLS", "Certificates": [{"CertificateArn": {"Ref": logical_id}}]},
        )


def test_the_api_has_its_own_name_and_no_other(named_api: Template) -> None:
    named_api.has_resource_properties(
        "AWS::ApiGateway::DomainName", {"DomainName": "api.voip.test", "SecurityPolicy": "TLS_1_2"}
    )
    named_api.has_resource_properties("AWS::ApiGateway::BasePathMapping", {"Stage": Match.any_value()})
    named_api.has_resource_properties("AWS::ApiGateway::RestApi", {"DisableExecuteApiEndpoint": True})
    assert ("api.voip.test.", "A") in _records(named_api)
    (url,) = named_api.find_outputs(outputs.API_URL).values()
    assert url["Value"] == "https://api.voip.test/v1.0"


def test_without_a_zone_there_are_none(api: Template, edge: Template) -> None:
    for found in (api, edge):
        found.resource_count_is("AWS::Route53::RecordSet", 0)
        found.resource_count_is("AWS::CertificateManager::Certificate", 0)
    api.has_resource_properties("AWS::ApiGateway::RestApi", {"DisableExecuteApiEndpoint": False})


def test_the_zone_may_be_of_a_domain_above(make_app: MakeApp) -> None:
    app = make_app(
        base="voip.example.test", hosted_zone_id="Z0123456789ABC", hosted_zone_name="example.test", platform="aws"
    )
    assert ("sip.voip.example.test.", "A") in _records(template(app, "edge"))
