"""The operator's page behind CloudFront."""

from __future__ import annotations

import json

import pytest
from aws_cdk import App
from aws_cdk.assertions import Match, Template

from tests.infra.conftest import MakeApp, template, templates_of


@pytest.fixture(scope="module")
def page(make_app: MakeApp) -> Template:
    return template(make_app(base="voip.test", hosted_zone_id="Z0123456789ABC", page=True), "page")


def test_nobody_reaches_the_bucket_but_cloudfront(page: Template) -> None:
    page.has_resource_properties(
        "AWS::S3::Bucket",
        {
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            }
        },
    )
    page.has_resource_properties(
        "AWS::CloudFront::Distribution",
        {
            "DistributionConfig": Match.object_like(
                {"DefaultCacheBehavior": Match.object_like({"ViewerProtocolPolicy": "redirect-to-https"})}
            )
        },
    )


def test_the_page_may_speak_to_its_own_api_alone(page: Template) -> None:
    (policy,) = page.find_resources("AWS::CloudFront::ResponseHeadersPolicy").values()
    headers = policy["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    allowed = json.dumps(headers["ContentSecurityPolicy"]["ContentSecurityPolicy"])
    assert "connect-src 'self' https://" in allowed
    assert "api.voip.test" in allowed


def test_there_is_none_unless_asked_for(app: App) -> None:
    assert "sip-extensions-live-page" not in templates_of(app)
