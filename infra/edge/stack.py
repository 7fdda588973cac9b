"""The stack of the SIP edge."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53
from constructs import Construct

from directory.schema.tables import Table
from infra import outputs
from infra.canary import Canary
from infra.configuration import Configuration
from infra.edge import ports
from infra.edge.balancer import Balancer
from infra.edge.keys import EdgeKeys
from infra.edge.names import Names
from infra.edge.network import Network
from infra.edge.service import CONTAINER, EdgeService
from infra.push_key import let_decrypt


class EdgeStack(cdk.Stack):
    """The SIP edges on the given tables, and what stands before them."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        tables: Mapping[Table, dynamodb.TableV2],
        push_key_arn: str,
        zone: route53.IHostedZone | None,
        vpc: ec2.IVpc | None,
        env: cdk.Environment | None,
    ) -> None:
        super().__init__(
            scope, construct_id, stack_name=construct_id, env=env, description="SIP extensions: the SIP edge"
        )
        names = Names(self, "Names", configuration=configuration, zone=zone) if zone else None
        certificate = names.certificate if names else self._certificate_of_others(configuration)
        network = Network(self, "Network", configuration=configuration, vpc=vpc)
        self.balancer = Balancer(
            self, "Balancer", configuration=configuration, network=network, certificate=certificate
        )
        self.keys = EdgeKeys(self, "Keys", configuration=configuration)
        self.edges = EdgeService(
            self,
            "Edges",
            configuration=configuration,
            network=network,
            tables=tables,
            settings={
                "SIP_SECRET_ID": self.keys.secret.secret_arn,
                **_names(configuration, self.balancer, has_tls=certificate is not None),
            },
        )
        self.keys.let_read(self.edges.task.task_role)
        let_decrypt(self.edges.task.task_role, push_key_arn)
        self.balancer.add_edges(self.edges.service, CONTAINER)
        if names:
            names.lead_to(self.balancer.balancer)
        host = f"sip.{configuration.base}" if certificate else self.balancer.balancer.load_balancer_dns_name
        self.canary = Canary(self, "Canary", configuration=configuration, host=host)
        self.canary.gate(self.edges.service)
        cdk.CfnOutput(self, outputs.SIP_HOST, value=self.balancer.balancer.load_balancer_dns_name)

    def _certificate_of_others(self, configuration: Configuration) -> acm.ICertificate | None:
        if configuration.certificate_arn:
            return acm.Certificate.from_certificate_arn(self, "Certificate", configuration.certificate_arn)
        return None


def _names(configuration: Configuration, balancer: Balancer, *, has_tls: bool) -> dict[str, str]:
    """Returns the edges' settings about the names and ports by which phones reach them."""
    if not has_tls:
        return {"ADVERTISED_HOST": balancer.balancer.load_balancer_dns_name}
    return {
        # The certificate's name has to be the one that phones find in our headers.
        "ADVERTISED_HOST": f"sip.{configuration.base}",
        "ADVERTISED_TLS_PORT": str(ports.TLS),
        "ADVERTISED_WSS_PORT": str(ports.WSS),
        "BALANCED_TLS_PORT": str(ports.BALANCED_TLS),
        "BALANCED_WSS_PORT": str(ports.BALANCED_WSS),
    }
