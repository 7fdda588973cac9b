"""The load balancer that phones speak to."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from infra.configuration import Configuration
from infra.edge import ports, shutdown_times
from infra.edge.network import Network

_IN_EACH_ZONE: Final = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC, one_per_az=True)


class Balancer(Construct):
    """A network load balancer: SIP over UDP and TCP, and with a certificate over TLS and WSS.

    Edges see the source of a message: packets keep it on the SIP port. A balancer that ends TLS tells it in a PROXY
    protocol v2 preamble.

    With `dual_stack` it speaks to edges over IPv4 all the same. A target group has one family. No document says that
    ECS registers the IPv6 address of a task that has both. So edges see an IPv6 phone's address over TLS and WSS.
    On the SIP port the balancer's own stands for it (User Guide, "Client IP preservation"). A listener rule for each
    family would mend that, but CloudFormation's `SourceIpConfig` lacks the `IpAddressType` of the API.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        network: Network,
        certificate: acm.ICertificate | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._network = network
        self._certificate = certificate
        self.balancer = elbv2.NetworkLoadBalancer(
            self,
            "Balancer",
            vpc=network.vpc,
            internet_facing=True,
            security_groups=[network.balancers],
            vpc_subnets=None if configuration.elastic_ips else _IN_EACH_ZONE,
            subnet_mappings=self._addresses(network.vpc) if configuration.elastic_ips else None,
            ip_address_type=elbv2.IpAddressType.DUAL_STACK if configuration.dual_stack else None,
            # Without it a dual-stack balancer takes no UDP (API Reference, `EnablePrefixForIpv6SourceNat`).
            enable_prefix_for_ipv6_source_nat=configuration.dual_stack or None,
            deletion_protection=configuration.deletion_protection,
            # A zone without an edge of its own is served by those of the others.
            cross_zone_enabled=True,
            zonal_shift=True,
        )
        self.target_groups: list[elbv2.NetworkTargetGroup] = []

    def add_edges(self, service: ecs.FargateService, container: str) -> None:
        """Let phones reach the edges of a service, in the container of that name."""
        self._listen(service, container, "Sip", elbv2.Protocol.TCP_UDP, ports.SIP, ports.SIP)
        if self._certificate:
            self._listen(service, container, "Tls", elbv2.Protocol.TLS, ports.TLS, ports.BALANCED_TLS)
            self._listen(service, container, "Wss", elbv2.Protocol.TLS, ports.WSS, ports.BALANCED_WSS)

    def hosts(
        self, name: str, target_group: elbv2.NetworkTargetGroup, period: cdk.Duration, statistic: str
    ) -> cloudwatch.Metric:
        """A metric of the edges behind a target group, like `HealthyHostCount`.

        CDK's own takes the balancer's name out of a listener's ARN. No other stack can do so with a weak reference.
        """
        return cloudwatch.Metric(
            namespace="AWS/NetworkELB",
            metric_name=name,
            dimensions_map={
                "LoadBalancer": self.balancer.load_balancer_full_name,
                "TargetGroup": target_group.target_group_full_name,
            },
            statistic=statistic,
            period=period,
        )

    def _addresses(self, vpc: ec2.IVpc) -> list[elbv2.SubnetMapping]:
        """Make an address for each zone. Customers' firewalls list it, so it stays when the stack goes.

        It is fixed when the balancer is made (Elastic Load Balancing User Guide, "Create a Network Load Balancer").
        """
        subnets = vpc.select_subnets(subnet_type=ec2.SubnetType.PUBLIC, one_per_az=True).subnets
        mappings = []
        for number, subnet in enumerate(subnets, start=1):
            address = ec2.CfnEIP(self, f"Address{number}", domain="vpc")
            address.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
            mappings.append(elbv2.SubnetMapping(subnet=subnet, allocation_id=address.attr_allocation_id))
        return mappings

    def _listen(
        self,
        service: ecs.FargateService,
        container: str,
        name: str,
        protocol: elbv2.Protocol,
        port: int,
        edge_port: int,
    ) -> None:
        ends_tls = protocol is elbv2.Protocol.TLS
        target_group = elbv2.NetworkTargetGroup(
            self,
            f"{name}Edges",
            vpc=self._network.vpc,
            port=edge_port,
            protocol=elbv2.Protocol.TCP if ends_tls else protocol,
            target_type=elbv2.TargetType.IP,
            preserve_client_ip=not ends_tls,
            proxy_protocol_v2=ends_tls,
            # A flow that an edge has held is given to another when it has gone; a phone's connection is made anew.
            connection_termination=True,
            deregistration_delay=cdk.Duration.seconds(shutdown_times.DEREGISTRATION),
            health_check=elbv2.HealthCheck(
                protocol=elbv2.Protocol.HTTP,
                port=str(ports.HEALTH),
                path="/health",
                interval=cdk.Duration.seconds(shutdown_times.HEALTH_INTERVAL),
                timeout=cdk.Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=shutdown_times.UNHEALTHY_CHECKS,
            ),
            targets=[
                service.load_balancer_target(
                    container_name=container,
                    container_port=edge_port,
                    protocol=ecs.Protocol.TCP if ends_tls else ecs.Protocol.UDP,
                )
            ],
        )
        self.target_groups.append(target_group)
        listener = self.balancer.add_listener(
            name,
            port=port,
            protocol=protocol,
            certificates=[self._certificate] if ends_tls and self._certificate else None,
            ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS if ends_tls else None,
            default_target_groups=[target_group],
        )
        # The alarms of 0.1.0 import it, and are updated after the edges.
        cdk.Stack.of(self).export_value(listener.listener_arn)
        self._network.let_phones_in(ec2.Port.tcp(port), ec2.Port.tcp(edge_port), f"{name} over TCP")
        if not ends_tls:
            self._network.let_phones_in(ec2.Port.udp(port), ec2.Port.udp(edge_port), f"{name} over UDP")
