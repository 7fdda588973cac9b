"""Limits the calls of all customers together, by a usage plan of the gateway."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.configuration import Configuration

# Of all methods. At a tenth of a second each these are 40 functions and 40 authorizers at a time; an account has 1000.
_CALLS_PER_SECOND: Final = 400
_BURST: Final = 800


class UsagePlan(Construct):
    """A plan on a stage, and its one key. The gateway counts the calls that the authorizer names the key for.

    A plan limits the calls with one of its keys, and no more exactly than the gateway can. The
    authorizer itself limits each customer to its share (lambdas/http/rate_limit.py), to the call.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, stage: apigateway.Stage
    ) -> None:
        super().__init__(scope, construct_id)
        plan = apigateway.UsagePlan(
            self,
            "Plan",
            description="SIP extensions: the calls of all customers",
            api_stages=[apigateway.UsagePlanPerApiStage(api=stage.rest_api, stage=stage)],
            throttle=apigateway.ThrottleSettings(rate_limit=_CALLS_PER_SECOND, burst_limit=_BURST),
            quota=apigateway.QuotaSettings(limit=configuration.calls_per_day, period=apigateway.Period.DAY),
        )
        key = apigateway.ApiKey(
            self, "Key", description="SIP extensions: stands for all customers", value=usage_key(cdk.Stack.of(self))
        )
        plan.add_api_key(key)


def usage_key(stack: cdk.Stack) -> str:
    """The key's value: the part of the stack's id that no other stack has. It is no secret: it grants no access."""
    return cdk.Fn.select(2, cdk.Fn.split("/", stack.stack_id))
