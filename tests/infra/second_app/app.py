"""An application of another project, with a network, a zone, a topic, a key and a boundary of its own."""

from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns

from sip_extensions import Configuration, Existing, SipExtensions

app = cdk.App()
account = cdk.Stack(app, "account")
boundary = iam.ManagedPolicy(account, "Boundary", statements=[iam.PolicyStatement(actions=["*"], resources=["*"])])
SipExtensions(app, "Default", configuration=Configuration(base="voip.test"))
SipExtensions(
    app,
    "Staging",
    configuration=Configuration(
        environment="staging",
        base="staging.voip.test",
        edge_image=f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/sip/edge@sha256:{'0' * 64}",
        relay_image=f"registry.example/sip/relay@sha256:{'1' * 64}",
    ),
    existing=Existing(
        vpc=ec2.Vpc(account, "Vpc"),
        hosted_zone=route53.PublicHostedZone(account, "Zone", zone_name="voip.test"),
        alarm_topic=sns.Topic(account, "Topic"),
        table_key=kms.Key(account, "Key"),
        permissions_boundary=cast(iam.IManagedPolicy, boundary),
    ),
)
app.synth()
