"""The template of the edges' stack."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Match, Template

from directory.edge_keys import EdgeKeys
from infra.edge import ports, shutdown_times
from sip_edge.registrar.reachability.handover import most_expires
from sip_edge.settings import Settings
from tests.infra.conftest import MakeApp, template
from tests.infra.test_configuration import CERTIFICATE


@pytest.fixture(scope="module")
def tls_edge(make_app: MakeApp) -> Template:
    """The edge with TLS, and names in no zone."""
    return template(make_app(base="voip.test", certificate_arn=CERTIFICATE), "edge")


class _Secret:
    """A Secrets Manager that holds one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_secret_value(self, **_: str) -> dict[str, str]:
        return {"SecretString": self._text}


def _found(edge: Template, kind: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in edge.find_resources(f"AWS::{kind}").values()]


def _container(edge: Template, name: str = "edge") -> dict[str, Any]:
    (task,) = _found(edge, "ECS::TaskDefinition")
    (container,) = [c for c in task["ContainerDefinitions"] if c["Name"] == name]
    found: dict[str, Any] = container
    return found


def test_the_edges_are_spread_over_zones(edge: Template) -> None:
    zones = [subnet["AvailabilityZone"]["Fn::Select"][0] for subnet in _found(edge, "EC2::Subnet")]
    assert sorted(zones) == [0, 1, 2]
    (service,) = _found(edge, "ECS::Service")
    assert len(service["NetworkConfiguration"]["AwsvpcConfiguration"]["Subnets"]) == 3
    edge.has_resource_properties(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {
            "Type": "network",
            "Scheme": "internet-facing",
            "LoadBalancerAttributes": Match.array_with([{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]),
        },
    )


def test_the_task_is_small_arm64_and_confined(edge: Template) -> None:
    (task,) = _found(edge, "ECS::TaskDefinition")
    assert task["RuntimePlatform"] == {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"}
    assert (task["Cpu"], task["Memory"]) == ("1024", "2048")
    container = _container(edge)
    assert container["ReadonlyRootFilesystem"] is True
    assert container["User"] == "65534:65534"
    assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert "Privileged" not in container
    assert f":{ports.HEALTH}/health" in container["HealthCheck"]["Command"][-1]


def test_the_edge_understands_what_it_is_told(tls_edge: Template) -> None:
    container = _container(tls_edge)
    told = {item["Name"]: item["Value"] for item in container["Environment"]}
    # A table's name is the directory's affair, and what refers to a resource has its value only later.
    values: dict[str, Any] = {
        name.lower(): value if isinstance(value, str) else "later"
        for name, value in told.items()
        if not name.endswith("_TABLE")
    }
    settings = Settings(**values)
    assert settings.addresses == [("0.0.0.0", "sip.voip.test")]
    assert settings.sip_port == ports.SIP
    assert (settings.balanced_tls_port, settings.advertised_tls_port) == (ports.BALANCED_TLS, ports.TLS)
    assert (settings.balanced_wss_port, settings.advertised_wss_port) == (ports.BALANCED_WSS, ports.WSS)
    assert {"ADDRESSES_TABLE", "DIRECT_HASHES_TABLE"} <= told.keys()


def test_the_keys_are_generated_rotated_and_read_by_the_edges_themselves(edge: Template) -> None:
    secrets = edge.find_resources("AWS::SecretsManager::Secret").items()
    ((secret, made),) = [(name, made) for name, made in secrets if name.startswith("Keys")]
    generated = made["Properties"]["GenerateSecretString"]
    document = json.loads(generated["SecretStringTemplate"]) | {
        generated["GenerateStringKey"]: "k" * generated["PasswordLength"]
    }
    stored: Any = _Secret(json.dumps(document))
    assert [key.begins for key in EdgeKeys(stored, "keys").read()] == [0]
    edge.has_resource_properties(
        "AWS::SecretsManager::RotationSchedule",
        {"SecretId": {"Ref": secret}, "RotationRules": {"AutomaticallyAfterDays": 30}},
    )
    told = {item["Name"]: item["Value"] for item in _container(edge)["Environment"]}
    assert told["SIP_SECRET_ID"] == {"Ref": secret}
    assert "SIP_SECRET" not in told
    assert "Secrets" not in _container(edge)


def test_without_a_certificate_there_is_sip_alone_under_the_balancers_name(edge: Template) -> None:
    assert [(listener["Port"], listener["Protocol"]) for listener in _listeners(edge)] == [(5060, "TCP_UDP")]
    told = {item["Name"]: item["Value"] for item in _container(edge)["Environment"]}
    assert told["ADVERTISED_HOST"]["Fn::GetAtt"][1] == "DNSName"
    assert "BALANCED_TLS_PORT" not in told


def test_with_a_certificate_the_balancer_ends_tls(tls_edge: Template) -> None:
    listeners = {listener["Port"]: listener for listener in _listeners(tls_edge)}
    assert {port: listener["Protocol"] for port, listener in listeners.items()} == {
        5060: "TCP_UDP",
        5061: "TLS",
        443: "TLS",
    }
    for port in (5061, 443):
        assert listeners[port]["Certificates"] == [{"CertificateArn": CERTIFICATE}]
        assert "TLS13-1-2" in listeners[port]["SslPolicy"]


def test_edges_see_whom_a_message_comes_from(tls_edge: Template) -> None:
    groups = {group["Port"]: group for group in _found(tls_edge, "ElasticLoadBalancingV2::TargetGroup")}
    assert {port: group["Protocol"] for port, group in groups.items()} == {
        ports.SIP: "TCP_UDP",
        ports.BALANCED_TLS: "TCP",
        ports.BALANCED_WSS: "TCP",
    }
    assert _attributes(groups[ports.SIP])["preserve_client_ip.enabled"] == "true"
    for port in (ports.BALANCED_TLS, ports.BALANCED_WSS):
        assert _attributes(groups[port])["proxy_protocol_v2.enabled"] == "true"


def test_health_is_asked_by_http(tls_edge: Template) -> None:
    for group in _found(tls_edge, "ElasticLoadBalancingV2::TargetGroup"):
        asked = (group["HealthCheckProtocol"], group["HealthCheckPort"], group["HealthCheckPath"])
        assert asked == ("HTTP", str(ports.HEALTH), "/health")
    told = {item["Name"]: item["Value"] for item in _container(tls_edge)["Environment"]}
    assert told["HEALTH_PORT"] == str(ports.HEALTH)


def test_the_ways_to_end_fit_each_other(edge: Template) -> None:
    (group,) = _found(edge, "ElasticLoadBalancingV2::TargetGroup")
    container = _container(edge)
    told = {item["Name"]: item["Value"] for item in container["Environment"]}
    deregistration = int(_attributes(group)["deregistration_delay.timeout_seconds"])
    # ECS sends SIGTERM after the deregistration delay. Until then each phone on UDP comes by.
    assert told["DEREGISTRATION_SECONDS"] == str(deregistration)
    assert 60 <= most_expires(deregistration) < deregistration <= 3600
    # Stopped by hand, the edge is unhealthy before it moves its phones.
    health = int(group["HealthCheckIntervalSeconds"]) * (int(group["UnhealthyThresholdCount"]) + 1)
    assert health < int(told["DRAIN_SECONDS"]) < container["StopTimeout"] <= 120
    assert told["DRAIN_SECONDS"] == str(shutdown_times.DRAIN)
    assert _attributes(group)["deregistration_delay.connection_termination.enabled"] == "true"


def test_only_what_is_listed_is_open(tls_edge: Template) -> None:
    groups = tls_edge.find_resources("AWS::EC2::SecurityGroup")
    (balancers,) = [name for name, g in groups.items() if "load balancer" in g["Properties"]["GroupDescription"]]
    (edges,) = set(groups) - {balancers}
    from_anywhere = groups[balancers]["Properties"]["SecurityGroupIngress"]
    assert sorted((rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in from_anywhere) == [
        ("tcp", 443, 443),
        ("tcp", 5060, 5060),
        ("tcp", 5061, 5061),
        ("udp", 5060, 5060),
    ]
    (sound,) = groups[edges]["Properties"]["SecurityGroupIngress"]
    assert (sound["IpProtocol"], sound["FromPort"], sound["ToPort"]) == ("udp", ports.SOUND_FIRST, ports.SOUND_LAST)
    inside = {
        (_group(rule["SourceSecurityGroupId"]), _group(rule["GroupId"]), rule["IpProtocol"], rule["FromPort"])
        for rule in _found(tls_edge, "EC2::SecurityGroupIngress")
        if rule["FromPort"] == rule["ToPort"]
    }
    assert inside == {
        (balancers, edges, "tcp", ports.SIP),
        (balancers, edges, "udp", ports.SIP),
        (balancers, edges, "tcp", ports.BALANCED_TLS),
        (balancers, edges, "tcp", ports.BALANCED_WSS),
        (balancers, edges, "tcp", ports.HEALTH),
        (edges, edges, "udp", ports.FLEET),
        (edges, edges, "udp", ports.NG),
    }
    assert len(_found(tls_edge, "EC2::SecurityGroupIngress")) == len(inside)


def test_an_rtpengine_works_beside_each_edge(edge: Template) -> None:
    relay, container = _container(edge, "rtpengine"), _container(edge)
    assert relay["ReadonlyRootFilesystem"] is True
    assert relay["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    told = {item["Name"]: item["Value"] for item in relay["Environment"]}
    assert (told["FIRST_PORT"], told["LAST_PORT"]) == (str(ports.SOUND_FIRST), str(ports.SOUND_LAST))
    assert 4 * int(told["MOST_CALLS"]) == ports.SOUND_LAST - ports.SOUND_FIRST + 1
    asked = {item["Name"]: item["Value"] for item in container["Environment"]}
    assert asked["RTPENGINES"] == f":{told['NG_PORT']}"
    # What starts before the edge ends after it, and has time for its last calls.
    assert container["DependsOn"] == [{"ContainerName": "rtpengine", "Condition": "START"}]
    assert int(told["LAST_CALLS"]) < relay["StopTimeout"] <= 120
    assert relay["Essential"] is False
    # A container that ran for a shorter time is not started again; ECS takes no less than a minute.
    assert relay["RestartPolicy"] == {"Enabled": True, "RestartAttemptPeriod": 60}
    assert "RestartPolicy" not in _container(edge)


def test_a_version_that_does_not_come_up_is_taken_back(edge: Template) -> None:
    (service,) = _found(edge, "ECS::Service")
    deployment = service["DeploymentConfiguration"]
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert (deployment["MinimumHealthyPercent"], deployment["MaximumPercent"]) == (100, 200)
    assert "DesiredCount" not in service, "a deployment would undo what scaling did"


def test_the_number_of_edges_follows_the_work(edge: Template) -> None:
    edge.has_resource_properties("AWS::ApplicationAutoScaling::ScalableTarget", {"MinCapacity": 2, "MaxCapacity": 10})
    policies = _found(edge, "ApplicationAutoScaling::ScalingPolicy")
    assert {policy["PolicyType"] for policy in policies} == {"TargetTrackingScaling"}


def test_edges_are_added_before_an_alarm_rings_for_relayed_calls(edge: Template, app: App) -> None:
    policies = _found(edge, "ApplicationAutoScaling::ScalingPolicy")
    followed = [policy["TargetTrackingScalingPolicyConfiguration"] for policy in policies]
    targets = {
        (metric["Namespace"], metric["MetricName"], metric["Statistic"]): each["TargetValue"]
        for each in followed
        if (metric := each.get("CustomizedMetricSpecification"))
    }
    alarms = _found(template(app, "monitoring"), "CloudWatch::Alarm")
    ((metric, threshold),) = [
        (each["MetricStat"]["Metric"], alarm["Threshold"])
        for alarm in alarms
        for each in alarm.get("Metrics", ())
        if each.get("MetricStat", {}).get("Metric", {}).get("MetricName") == "MediaCalls"
    ]
    told = {item["Name"]: int(item["Value"]) for item in _container(edge, "rtpengine")["Environment"]}
    assert targets[metric["Namespace"], "MediaCalls", "Average"] < threshold < told["MOST_CALLS"]
    assert told["MOST_CALLS"] == (told["LAST_PORT"] - told["FIRST_PORT"] + 1) // 4


def test_what_runs_is_the_dockerfile_of_the_edge(edge: Template) -> None:
    assert "Image" in _container(edge)
    assert "cdk-hnb659fds-container-assets" in json.dumps(_container(edge)["Image"])


def test_all_logs_end(edge: Template) -> None:
    groups = _found(edge, "Logs::LogGroup")
    assert groups
    assert all(group["RetentionInDays"] == 30 for group in groups)


def _listeners(edge: Template) -> list[dict[str, Any]]:
    return _found(edge, "ElasticLoadBalancingV2::Listener")


def _attributes(group: dict[str, Any]) -> dict[str, str]:
    return {item["Key"]: item["Value"] for item in group["TargetGroupAttributes"]}


def _group(reference: dict[str, list[str]]) -> str:
    return reference["Fn::GetAtt"][0]


@pytest.mark.parametrize("wanted", [True, False])
def test_an_edge_knows_the_table_of_calls_when_they_are_events(make_app: MakeApp, wanted: bool) -> None:
    edge = template(make_app(base="voip.test", call_events=wanted), "edge")
    assert any(item["Name"] == "CALLS_TABLE" for item in _container(edge)["Environment"]) is wanted
    assert ("calls" in json.dumps(_found(edge, "IAM::Policy")).lower()) is wanted
