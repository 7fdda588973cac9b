"""What the rules of a security review (cdk-nag, AwsSolutions) would have otherwise, and why it is as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk

_EVERYWHERE: Final = {
    "L1": "The functions' packages are built for Python 3.13 on arm64, and tests run them on versions up to that.",
}
_BY_STACK: Final[Mapping[str, Mapping[str, str]]] = {
    "data": {},
    "events": {
        "SMG4": "The webhooks' secrets are derived from this one, and customers hold those.",
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
    },
    "monitoring": {},
}


def acknowledge(stack: cdk.Stack, name: str) -> None:
    """Write the reasons into the stack of that name."""
    reasons = {**_EVERYWHERE, **_BY_STACK[name]}
    cdk.Validations.of(stack).acknowledge(
        *(
            cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
            for rule, reason in reasons.items()
        )
    )
