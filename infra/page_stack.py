"""The operator's page: its files in a bucket that CloudFront alone reads."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from constructs import Construct

from infra import outputs
from infra.configuration import Configuration
from infra.log import Log
from infra.sources import ROOT


class PageStack(cdk.Stack):
    """The page for the API at a URL."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        api_url: str,
        has_tls: bool,
        env: cdk.Environment | None,
    ) -> None:
        super().__init__(
            scope, construct_id, stack_name=construct_id, env=env, description="SIP extensions: the operator's page"
        )
        bucket = s3.Bucket(
            self,
            "Files",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            # What it holds is a copy of the checkout's.
            removal_policy=cdk.RemovalPolicy.DESTROY,
            auto_delete_objects=True,
        )
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=self.stack_name,
            default_root_object="index.html",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(bucket),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                response_headers_policy=self._headers(api_url),
            ),
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
        )
        deployment.BucketDeployment(
            self,
            "Deployment",
            sources=[
                deployment.Source.asset(str(ROOT / "page")),
                deployment.Source.json_data("service.json", _told(configuration, api_url, has_tls)),
            ],
            destination_bucket=bucket,
            distribution=distribution,
            # Browsers ask each time whether a file has changed, so all files are of one version.
            cache_control=[deployment.CacheControl.no_cache()],
            log_group=Log(self, "DeploymentLog", configuration=configuration),
        )
        cdk.CfnOutput(self, outputs.PAGE_URL, value=f"https://{distribution.distribution_domain_name}/")

    def _headers(self, api_url: str) -> cloudfront.ResponseHeadersPolicy:
        origin = cdk.Fn.select(2, cdk.Fn.split("/", api_url))
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                # Beside the page's own policy, which knows no API in particular.
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=f"connect-src 'self' https://{origin}; frame-ancestors 'none'",
                    override=True,
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=cdk.Duration.days(365), override=True
                ),
            ),
        )


def _told(configuration: Configuration, api_url: str, has_tls: bool) -> dict[str, str]:
    """Returns the settings that the page reads (page/service.js)."""
    sip = f"sip.{configuration.base}"
    return {"api_url": api_url, "proxy": sip, "websocket": f"wss://{sip}" if has_tls else ""}
