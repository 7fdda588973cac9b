"""Names the resources that another CDK application may hand over."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns


@dataclass(frozen=True, kw_only=True)
class Existing:
    """The resources that an environment uses instead of its own. Each has an owner who keeps it.

    `vpc` has a public subnet in each zone for the edges and the balancer; with `dual_stack` these have IPv6 addresses.
    `hosted_zone` takes the place of `hosted_zone_id`. `alarm_topic` lets CloudWatch publish. `table_key` encrypts the
    tables. The policy of a key of this application is amended. Another one lets DynamoDB use it in the account.
    `permissions_boundary` limits each role.
    """

    vpc: ec2.IVpc | None = None
    hosted_zone: route53.IHostedZone | None = None
    alarm_topic: sns.ITopic | None = None
    table_key: kms.IKey | None = None
    permissions_boundary: iam.IManagedPolicy | None = None
