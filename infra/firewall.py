"""Puts AWS WAF before the API."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra.configuration import Configuration
from infra.log import Log
from infra.problems import CORS_HEADERS, TOO_MANY

_WINDOW_S: Final = 60
# Of one address, within a window of any begin. A customer may make 3,000 calls from one minute to the next
# (lambdas/http/rate_limit.py), of which a window may touch two. A browser asks before a call whether it may make it.
_MOST_REQUESTS: Final = 12_000
_FLOOD_BODY: Final = "TooManyRequests"
# Addresses that attack others now, and requests that are known to exploit something.
_MANAGED: Final = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")


class Firewall(Construct):
    """Refuses floods, known attackers and known attacks, and logs what it refuses.

    Neither its log nor its samples show query strings or the Authorization header, which hold tokens.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, stage: apigateway.Stage
    ) -> None:
        super().__init__(scope, construct_id)
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visibility("All"),
            custom_response_bodies={
                _FLOOD_BODY: wafv2.CfnWebACL.CustomResponseBodyProperty(
                    content=TOO_MANY.body(), content_type="APPLICATION_JSON"
                )
            },
            rules=[
                _flood_rule(),
                *(_managed_rule(name, priority) for priority, name in enumerate(_MANAGED, start=1)),
            ],
        )
        wafv2.CfnWebACLAssociation(self, "Association", resource_arn=stage.stage_arn, web_acl_arn=acl.attr_arn)
        # WAF writes to groups of this prefix alone, and wants their names without what CloudFormation puts behind them.
        name = f"aws-waf-logs-{cdk.Stack.of(self).stack_name}"
        log = Log(self, "Refusals", configuration=configuration, name=name)
        logging = wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=acl.attr_arn,
            log_destination_configs=[
                cdk.Stack.of(self).format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=name,
                    arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
            redacted_fields=[
                wafv2.CfnLoggingConfiguration.FieldToMatchProperty(query_string={}),
                wafv2.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": "authorization"}),
            ],
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
                    }
                ],
            },
        )
        logging.node.add_dependency(log)


def _flood_rule() -> wafv2.CfnWebACL.RuleProperty:
    """Refuse an address as the API refuses a customer, but for the media type: WAF knows only JSON.

    The gateway answers what the rules of AWS refuse (infra/problems.py).
    """
    headers = {"Retry-After": str(_WINDOW_S), **dict.fromkeys(CORS_HEADERS, "*")}
    return wafv2.CfnWebACL.RuleProperty(
        name="Floods",
        priority=0,
        action=wafv2.CfnWebACL.RuleActionProperty(
            block=wafv2.CfnWebACL.BlockActionProperty(
                custom_response=wafv2.CfnWebACL.CustomResponseProperty(
                    response_code=TOO_MANY.status,
                    custom_response_body_key=_FLOOD_BODY,
                    response_headers=[
                        wafv2.CfnWebACL.CustomHTTPHeaderProperty(name=name, value=value)
                        for name, value in headers.items()
                    ],
                )
            )
        ),
        statement=wafv2.CfnWebACL.StatementProperty(
            rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                limit=_MOST_REQUESTS, evaluation_window_sec=_WINDOW_S, aggregate_key_type="IP"
            )
        ),
        visibility_config=_visibility("Floods"),
    )


def _managed_rule(name: str, priority: int) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(vendor_name="AWS", name=name)
        ),
        visibility_config=_visibility(name),
    )


def _visibility(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    # Samples would show tokens to whoever may look at the console.
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
