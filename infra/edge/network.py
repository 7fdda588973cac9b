"""The edges' network, and who may send what to whom in it."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.configuration import MOST_ZONES, Configuration, ConfigurationError
from infra.edge import ports
from infra.log import Log


class Network(Construct):
    """Public subnets, one a zone, and two security groups: the balancer's and the edges'.

    Edges have public addresses because they send to callers outside, whose answers have to find back. Relayed sound
    would not pass a NAT gateway, either. All but sound comes in from the balancer.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, vpc: ec2.IVpc | None
    ) -> None:
        """`vpc` takes the place of a network of the environment's own. Raises ConfigurationError when it has no public
        subnet."""
        super().__init__(scope, construct_id)
        self._everywhere = [ec2.Peer.any_ipv4(), *([ec2.Peer.any_ipv6()] if configuration.dual_stack else [])]
        if vpc and not vpc.public_subnets:
            raise ConfigurationError("vpc: has no public subnet, which edges and the balancer need")
        self.vpc = vpc or self._own_vpc(configuration)
        self.balancers = ec2.SecurityGroup(
            self, "Balancers", vpc=self.vpc, description="The SIP load balancer", allow_all_outbound=False
        )
        # Edges send to phones, to callers outside wherever they are, and to AWS.
        self.edges = ec2.SecurityGroup(
            self,
            "EdgesGroup",
            vpc=self.vpc,
            description="The SIP edges",
            allow_all_outbound=True,
            allow_all_ipv6_outbound=configuration.dual_stack or None,
        )
        self._open()

    def _own_vpc(self, configuration: Configuration) -> ec2.Vpc:
        """Make the network, and log the refused packets of each of its interfaces.

        The edges log the accepted ones themselves.
        """
        vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(configuration.network),
            availability_zones=[
                cdk.Fn.select(zone, cdk.Fn.get_azs()) for zone in range(configuration.availability_zones)
            ],
            # A zone that is added later finds its range free: other zones' subnets would have to move otherwise.
            reserved_azs=MOST_ZONES - configuration.availability_zones,
            ip_protocol=ec2.IpProtocol.DUAL_STACK if configuration.dual_stack else None,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Edges", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=False)
            ],
            # DynamoDB's traffic stays in AWS's network, and costs nothing.
            gateway_endpoints={
                "DynamoDb": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)
            },
        )
        vpc.add_flow_log(
            "Refusals",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                Log(self, "RefusedTraffic", configuration=configuration)
            ),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        return vpc

    def let_phones_in(self, port: ec2.Port, to: ec2.Port, what: str) -> None:
        """From anywhere to a port of the balancer, and from there to the edges'."""
        for peer in self._everywhere:
            self.balancers.add_ingress_rule(peer, port, what)
        self._let_through(to, what)

    def _open(self) -> None:
        self._let_through(ec2.Port.tcp(ports.HEALTH), "Health checks")
        self.edges.add_ingress_rule(self.edges, ec2.Port.udp(ports.FLEET), "What edges ask of each other")
        self.edges.add_ingress_rule(self.edges, ec2.Port.udp(ports.NG), "What edges ask of each other's rtpengine")
        sound = ec2.Port.udp_range(ports.SOUND_FIRST, ports.SOUND_LAST)
        for peer in self._everywhere:
            self.edges.add_ingress_rule(peer, sound, "Sound, past the balancer")

    def _let_through(self, port: ec2.Port, what: str) -> None:
        self.balancers.add_egress_rule(self.edges, port, what)
        self.edges.add_ingress_rule(self.balancers, port, what)
