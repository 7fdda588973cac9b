"""The names that phones and callers know: `registrar.{base}`, each customer's below it, and `sip.{base}`."""

from __future__ import annotations

from typing import Final, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from infra.configuration import Configuration
from infra.edge import ports

_TTL: Final = cdk.Duration.minutes(5)


class _Service(NamedTuple):
    """A transport: the service field of its NAPTR record, the prefix of its SRV record (RFC 3263 §4.1)."""

    naptr: str
    srv: str
    port: int


# The best comes first.
_SERVICES: Final = (
    _Service("SIPS+D2T", "_sips._tcp", ports.TLS),
    _Service("SIP+D2T", "_sip._tcp", ports.SIP),
    _Service("SIP+D2U", "_sip._udp", ports.SIP),
)


class Names(Construct):
    """Records in a hosted zone, and `certificate` for all of the names.

    A phone that asks for NAPTR records gets the ways to reach us in our order. One that asks for SRV alone finds them
    for `registrar.` and `sip.`. Below a customer's name a wildcard can't tell transports apart. There the address
    record has to do, at the standard ports (RFC 3263 §4.2).
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, zone: route53.IHostedZone
    ) -> None:
        super().__init__(scope, construct_id)
        base = configuration.base
        self._zone = zone
        self._dual_stack = configuration.dual_stack
        self._sip = f"sip.{base}"
        self._registrar = f"registrar.{base}"
        self._customers = f"*.registrar.{base}"
        self.certificate = acm.Certificate(
            self,
            "Certificate",
            domain_name=self._sip,
            subject_alternative_names=[self._registrar, self._customers],
            validation=acm.CertificateValidation.from_dns(zone),
        )

    def lead_to(self, balancer: elbv2.NetworkLoadBalancer) -> None:
        """Write the records."""
        address = route53.RecordTarget.from_alias(targets.LoadBalancerTarget(balancer))
        for name, services_of in (
            (self._sip, self._sip),
            (self._registrar, self._registrar),
            (self._customers, self._registrar),
        ):
            title = name.partition(".")[0].replace("*", "customers").capitalize()
            route53.ARecord(self, title, zone=self._zone, record_name=f"{name}.", target=address)
            if self._dual_stack:
                route53.AaaaRecord(self, f"{title}Ipv6", zone=self._zone, record_name=f"{name}.", target=address)
            self._record(f"{title}Naptr", route53.RecordType.NAPTR, name, _naptr(services_of))
        for host in (self._sip, self._registrar):
            title = host.partition(".")[0].capitalize()
            for service in _SERVICES:
                self._record(
                    f"{title}{service.naptr}",
                    route53.RecordType.SRV,
                    f"{service.srv}.{host}",
                    [f"10 10 {service.port} {self._sip}."],
                )

    def _record(self, construct_id: str, kind: route53.RecordType, name: str, values: list[str]) -> None:
        route53.RecordSet(
            self,
            construct_id,
            zone=self._zone,
            record_type=kind,
            record_name=f"{name}.",
            target=route53.RecordTarget.from_values(*values),
            ttl=_TTL,
        )


def _naptr(host: str) -> list[str]:
    return [
        f'10 {10 * (place + 1)} "S" "{service.naptr}" "" {service.srv}.{host}.'
        for place, service in enumerate(_SERVICES)
    ]
