"""An environment on resources that another CDK application hands over."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final, cast

import pytest

from infra.configuration import Configuration, ConfigurationError
from infra.existing import Existing
from infra.sip_extensions import SipExtensions

# isort: split
import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns

from tests.infra.account import updates
from tests.infra.account.account import Account
from tests.infra.account.arrows import arrows
from tests.infra.conftest import template, templates_of
from tests.infra.test_configuration import CERTIFICATE

DIGEST: Final = f"@sha256:{'0' * 64}"
ECR: Final = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/sip/edge{DIGEST}"
ENV: Final = cdk.Environment(account="123456789012", region="eu-central-1")
AZS: Final = ["eu-central-1a", "eu-central-1b"]


@pytest.fixture
def app(tmp_path: Path) -> cdk.App:
    return cdk.App(outdir=str(tmp_path))


def environment(app: cdk.App, existing: Existing, env: cdk.Environment | None = None, **values: Any) -> SipExtensions:
    configuration = Configuration(base="voip.test", **values)
    return SipExtensions(app, "Phones", configuration=configuration, existing=existing, env=env)


def made(stack: cdk.Stack) -> Existing:
    """All that can be handed over, made in a stack of the application."""
    boundary = iam.ManagedPolicy(stack, "Boundary", statements=[iam.PolicyStatement(actions=["*"], resources=["*"])])
    return Existing(
        vpc=ec2.Vpc(stack, "Vpc", nat_gateways=1),
        hosted_zone=route53.PublicHostedZone(stack, "Zone", zone_name="test"),
        alarm_topic=sns.Topic(stack, "Topic"),
        table_key=kms.Key(stack, "Key"),
        permissions_boundary=cast(iam.IManagedPolicy, boundary),
    )


def imported(stack: cdk.Stack) -> Existing:
    """All that can be handed over, as it exists in an account."""
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=AZS, public_subnet_ids=["subnet-1", "subnet-2"]
    )
    return Existing(
        vpc=vpc,
        hosted_zone=route53.HostedZone.from_hosted_zone_attributes(
            stack, "Zone", hosted_zone_id="Z0123456789ABC", zone_name="voip.test"
        ),
        alarm_topic=sns.Topic.from_topic_arn(stack, "Topic", "arn:aws:sns:eu-central-1:123456789012:oncall"),
        table_key=kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-central-1:123456789012:key/1"),
        permissions_boundary=iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "limits"),
    )


@pytest.mark.parametrize("owned", [made, imported])
@pytest.mark.parametrize("env", [None, ENV])
def test_nothing_is_made_that_is_there(app: cdk.App, owned: Any, env: cdk.Environment | None) -> None:
    environment(app, owned(cdk.Stack(app, "account", env=env)), env, customer_managed_key=True)
    templates = templates_of(app)
    assert list(updates.dangling(templates)) == []
    ours = [t for name, t in templates.items() if name != "account"]
    made_ids = {key: r["Type"] for template in ours for key, r in template["Resources"].items()}
    kinds = {kind for key, kind in made_ids.items() if not key.startswith("PushKey")}
    assert "AWS::Route53::RecordSet" in kinds
    assert not kinds & {
        *("AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::FlowLog", "AWS::EC2::VPCEndpoint"),
        *("AWS::SNS::Topic", "AWS::KMS::Key", "AWS::Route53::HostedZone"),
    }
    roles = [r for t in ours for r in t["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
    assert roles
    assert all("PermissionsBoundary" in role["Properties"] for role in roles)


@pytest.mark.parametrize("image", [ECR, f"public.ecr.aws/sip/edge{DIGEST}"])
def test_every_arrow_is_allowed(app: cdk.App, image: str) -> None:
    """Of the services between each other, to what was handed over, and to a repository."""
    environment(app, made(cdk.Stack(app, "account")), page=True, edge_image=image, relay_image=image)
    account = Account(templates_of(app))
    assert [str(arrow) for arrow in arrows(account) if not account.allows(arrow.call)] == []


def test_the_page_knows_that_a_given_zone_brings_tls(app: cdk.App, tmp_path: Path) -> None:
    environment(app, Existing(hosted_zone=imported(cdk.Stack(app, "account")).hosted_zone), page=True)
    app.synth()
    (told,) = tmp_path.rglob("service.json")
    assert json.loads(told.read_text())["websocket"] == "wss://sip.voip.test"


def test_an_image_by_digest_is_not_built(app: cdk.App, tmp_path: Path) -> None:
    environment(app, Existing(), edge_image=ECR, relay_image=ECR)
    app.synth()
    assert not [path for path in tmp_path.rglob("*.assets.json") if '"dockerImages": {}' not in path.read_text()]


@pytest.mark.parametrize("image", ["sip/edge", "sip/edge:1.0", "sip/edge@sha256:0", f"SIP edge{DIGEST}"])
def test_an_image_without_a_digest_is_refused(image: str) -> None:
    with pytest.raises(ValueError, match="edge_image"):
        Configuration(base="voip.test", edge_image=image)


def test_a_network_without_public_subnets_is_refused(app: cdk.App) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        cdk.Stack(app, "account"), "Vpc", vpc_id="vpc-1", availability_zones=AZS, private_subnet_ids=["a", "b"]
    )
    with pytest.raises(ConfigurationError, match="vpc: has no public subnet"):
        environment(app, Existing(vpc=vpc))


@pytest.mark.parametrize("values", [{}, {"elastic_ips": True}])
def test_the_balancer_has_one_subnet_in_each_zone_of_a_network(app: cdk.App, values: dict[str, Any]) -> None:
    subnets = ["subnet-1", "subnet-2", "subnet-3", "subnet-4"]
    vpc = ec2.Vpc.from_vpc_attributes(
        cdk.Stack(app, "account"), "Vpc", vpc_id="vpc-1", availability_zones=AZS, public_subnet_ids=subnets
    )
    environment(app, Existing(vpc=vpc), **values)
    (found,) = template(app, "edge").find_resources("AWS::ElasticLoadBalancingV2::LoadBalancer").values()
    balancer = found["Properties"]
    has = balancer.get("Subnets") or [mapping["SubnetId"] for mapping in balancer["SubnetMappings"]]
    assert len(has) == len(AZS)


@pytest.mark.parametrize(
    ("name", "values", "named"),
    [
        ("other.test", {}, "hosted_zone='other.test'"),
        ("voip.test", {"certificate_arn": CERTIFICATE}, "certificate_arn"),
        ("voip.test", {"hosted_zone_id": "Z0123456789ABC"}, "hosted_zone_id"),
    ],
)
def test_a_zone_that_does_not_fit_is_named(app: cdk.App, name: str, values: dict[str, Any], named: str) -> None:
    zone = route53.PublicHostedZone(cdk.Stack(app, "account"), "Zone", zone_name=name)
    with pytest.raises(ConfigurationError, match=re.escape(named)):
        environment(app, Existing(hosted_zone=zone), **values)


def test_the_applications_own_flags_change_nothing(tmp_path: Path) -> None:
    """Templates are made for one set of feature flags, so another application's cdk.json is no part of them."""
    found = []
    for flags in (
        {},
        {"@aws-cdk/aws-iam:minimizePolicies": False, "@aws-cdk/core:defaultCrossStackReferences": "strong"},
    ):
        app = cdk.App(context=flags, outdir=str(tmp_path / str(len(flags))))
        environment(app, Existing())
        found.append(templates_of(app))
    assert found[0] == found[1]
    assert template(app, "data")
