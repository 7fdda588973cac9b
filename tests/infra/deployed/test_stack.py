"""The edge's stack, as the emulator deploys it."""

from __future__ import annotations

from typing import Any

from infra.edge import ports
from tests.infra.deployed.edge_stack import UNKNOWN, DeployedEdgeStack


def test_all_is_deployed_but_what_the_emulator_does_not_know(edge_stack: DeployedEdgeStack) -> None:
    assert edge_stack.refused == UNKNOWN


def test_the_network_has_a_subnet_in_each_zone_and_a_way_out(edge_stack: DeployedEdgeStack) -> None:
    ec2 = edge_stack.client("ec2")
    subnets = ec2.describe_subnets(SubnetIds=edge_stack.ids("EC2::Subnet"))["Subnets"]
    assert {subnet["VpcId"] for subnet in subnets} == {edge_stack.the("EC2::VPC")}
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == len(subnets) == 3
    tables = ec2.describe_route_tables(RouteTableIds=edge_stack.ids("EC2::RouteTable"))["RouteTables"]
    assert {table["Associations"][0]["SubnetId"] for table in tables} == {subnet["SubnetId"] for subnet in subnets}
    for table in tables:
        ways = {route["DestinationCidrBlock"]: route["GatewayId"] for route in table["Routes"]}
        assert ways["0.0.0.0/0"] == edge_stack.the("EC2::InternetGateway")


def test_the_balancer_brings_each_port_to_the_edges(edge_stack: DeployedEdgeStack) -> None:
    elb = edge_stack.client("elbv2")
    balancer = edge_stack.the("ElasticLoadBalancingV2::LoadBalancer")
    (described,) = elb.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"]
    assert (described["Type"], described["Scheme"]) == ("network", "internet-facing")
    assert {zone["SubnetId"] for zone in described["AvailabilityZones"]} == set(edge_stack.ids("EC2::Subnet"))
    listeners = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    assert {
        (listener["Port"], listener["Protocol"], *_target(elb, listener["DefaultActions"][0]["TargetGroupArn"]))
        for listener in listeners
    } == {
        (ports.SIP, "TCP_UDP", ports.SIP, "TCP_UDP", "true", "false"),
        (ports.TLS, "TLS", ports.BALANCED_TLS, "TCP", "false", "true"),
        (ports.WSS, "TLS", ports.BALANCED_WSS, "TCP", "false", "true"),
    }
    certificate = edge_stack.the("CertificateManager::Certificate")
    assert {c["CertificateArn"] for listener in listeners for c in listener.get("Certificates", [])} == {certificate}


def _target(elb: Any, arn: str) -> tuple[int, str, str, str]:
    """The port and protocol of a target group, and whether edges see the source by packets or are told it."""
    (group,) = elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    assert (group["HealthCheckProtocol"], group["HealthCheckPort"], group["HealthCheckPath"]) == (
        "HTTP",
        str(ports.HEALTH),
        "/health",
    )
    attributes = {a["Key"]: a["Value"] for a in elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]}
    return (
        group["Port"],
        group["Protocol"],
        attributes["preserve_client_ip.enabled"],
        attributes["proxy_protocol_v2.enabled"],
    )


def test_the_service_runs_its_task_in_all_subnets(edge_stack: DeployedEdgeStack) -> None:
    cluster = edge_stack.the("ECS::Cluster")
    described = edge_stack.client("ecs").describe_services(cluster=cluster, services=[edge_stack.the("ECS::Service")])
    (service,) = described["services"]
    assert (service["status"], service["launchType"]) == ("ACTIVE", "FARGATE")
    assert service["taskDefinition"] == edge_stack.the("ECS::TaskDefinition")
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    assert set(network["subnets"]) == set(edge_stack.ids("EC2::Subnet"))
    assert set(network["securityGroups"]) < set(edge_stack.ids("EC2::SecurityGroup"))
    assert {target["targetGroupArn"] for target in service["loadBalancers"]} == set(
        edge_stack.ids("ElasticLoadBalancingV2::TargetGroup")
    )
    assert service["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_the_containers_are_nobodys_and_write_nothing(edge_stack: DeployedEdgeStack) -> None:
    task = edge_stack.task()
    assert (task["cpu"], task["memory"], task["networkMode"]) == ("1024", "2048", "awsvpc")
    assert [container["name"] for container in task["containerDefinitions"]] == ["edge", "rtpengine"]
    for container in task["containerDefinitions"]:
        assert container["readonlyRootFilesystem"] is True
        assert container["user"] == "65534:65534"


def test_the_names_lead_to_the_balancer(edge_stack: DeployedEdgeStack) -> None:
    elb, route53 = edge_stack.client("elbv2"), edge_stack.client("route53")
    balancer = edge_stack.the("ElasticLoadBalancingV2::LoadBalancer")
    (described,) = elb.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"]
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    base = zone["Name"]
    records = {
        (record["Name"].replace("\\052", "*"), record["Type"]): record
        for record in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    }
    for name in (f"sip.{base}", f"registrar.{base}", f"*.registrar.{base}"):
        assert described["DNSName"] in records[name, "A"]["AliasTarget"]["DNSName"]
        assert len(records[name, "NAPTR"]["ResourceRecords"]) == 3
    for host in ("sip", "registrar"):
        (target,) = records[f"_sips._tcp.{host}.{base}", "SRV"]["ResourceRecords"]
        assert target["Value"] == f"10 10 5061 sip.{base}"
