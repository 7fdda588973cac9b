"""The API's own name."""

from __future__ import annotations

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct


class ApiDomain(Construct):
    """`api.{base}` for the deployed stage of an API, with its certificate and its record in a hosted zone."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, zone: route53.IHostedZone, api: apigateway.RestApi
    ) -> None:
        super().__init__(scope, construct_id)
        domain = apigateway.DomainName(
            self,
            "Domain",
            domain_name=name,
            certificate=acm.Certificate(
                self, "Certificate", domain_name=name, validation=acm.CertificateValidation.from_dns(zone)
            ),
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
            mapping=api,
        )
        route53.ARecord(
            self,
            "Record",
            zone=zone,
            record_name=f"{name}.",
            target=route53.RecordTarget.from_alias(targets.ApiGatewayDomain(domain)),
        )
