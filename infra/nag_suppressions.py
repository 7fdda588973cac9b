"""Lists the findings of a security review (cdk-nag, AwsSolutions) that stay, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk

_EVERYWHERE: Final = {
    "L1": "The functions' packages are built for Python 3.13 on arm64, and tests run them on versions up to that.",
}
_CDKS_OWN: Final = "The function that copies the page's files into its bucket is the CDK's own."
_COPYING: Final = ("Abort", "DeleteObject", "GetBucket", "GetObject", "List")
_BY_STACK: Final[Mapping[str, Mapping[str, str]]] = {
    "data": {
        "SMG4": "The webhooks' secrets are derived from this one, and customers hold those.",
    },
    "events": {
        "SQS3": "This is the queue of what has failed: what lies in it raises an alarm.",
    },
    "api": {
        "APIG2": "Methods with a body have a validator; fields and parameters are checked by the functions, whose "
        "answers name each bad one.",
        "APIG4": "The API's own description is for everybody; it holds nothing of any customer.",
        "APIG6": "The execution log would show query strings, which may hold tokens. The access log has every request.",
        "COG4": "Customers' programs have access keys, which an authorizer checks; operators sign with IAM.",
        "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]": (
            "The gateway's role for logs is one for the whole account, in AWS's own form."
        ),
    },
    "edge": {
        "EC23": "Phones and callers are anywhere: the balancer's ports, and those of relayed sound, are for everybody. "
        "All other ports of the edges are for the balancer and for each other.",
        "ELB2": "The balancer could log TLS handshakes alone. The edges log who registered and called, and from where.",
        "ECS2": "The environment has names and sizes. The edges read their keys from Secrets Manager themselves.",
        "IAM5[Resource::*]": "ecr:GetAuthorizationToken knows no resources.",
        "IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/<EdgesClusterAE9DB4E7>/*]": (
            "An edge may read the states of its cluster's tasks, whose ids are unknown before they run."
        ),
        "SMG4": "The canary's extension can be made anew, by sipctl canary; it can call and be called alone.",
    },
    "monitoring": {},
    "page": {
        "CFR1": "Operators may be anywhere.",
        "CFR2": "There are files to be had and nothing else; the API, where everything is done, has its own firewall.",
        "CFR3": "The files are the same for everybody. What is done with them, the API's access log has.",
        "CFR4": "CloudFront's own names leave no choice of TLS versions.",
        "S1": "Nobody but CloudFront and the deployment reaches the bucket, and its files are no secret.",
        "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]": _CDKS_OWN,
        **{f"IAM5[Action::s3:{action}*]": _CDKS_OWN for action in _COPYING},
        "IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*]": _CDKS_OWN,
        "IAM5[Resource::<Files8E6940B8.Arn>/*]": _CDKS_OWN,
        "IAM5[Resource::*]": "cloudfront:CreateInvalidation, which the CDK's own function asks for on everything.",
    },
}


def suppress(stack: cdk.Stack, name: str) -> None:
    """Write the reasons into the stack of that name."""
    reasons = {**_EVERYWHERE, **_BY_STACK[name]}
    cdk.Validations.of(stack).acknowledge(
        *(
            cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
            for rule, reason in reasons.items()
        )
    )
