"""The canary: a Lambda function that an EventBridge rule starts each minute. It calls itself, and tells two metrics.

`CanaryHeard` is 1 when all steps were done and 0 when one failed. `CanaryTime` has their milliseconds. Without
credentials it tells nothing, and the alarm on missing data rings.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any, Final

import boto3

from sipctl.user_agent.self_call import Account, StepFailedError, self_call

PORT: Final = 5060


class NoCredentialsError(Exception):
    """The canary has no extension yet: run `sipctl canary`."""


def handler(_event: object, _context: object) -> None:
    """Call once, and write a log line in the embedded metric format. Raises NoCredentialsError."""
    account = _account()
    began, failed = time.monotonic(), {}
    try:
        steps = {step.name: round(1000 * step.seconds) for step in self_call(account)}
    except StepFailedError as failure:
        steps, failed = {}, {"step": failure.step, "reason": str(failure)}
    print(_line({"CanaryHeard": int(not failed), "CanaryTime": 1000 * (time.monotonic() - began)}, steps | failed))


def _account() -> Account:
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["CANARY_SECRET"])["SecretString"]
    written = json.loads(secret)
    if "username" not in written:
        raise NoCredentialsError(NoCredentialsError.__doc__)
    return Account(
        host=os.environ["SIP_HOST"],
        port=int(os.environ.get("SIP_PORT", PORT)),
        **{name: written[name] for name in ("domain", "username", "password", "direct_address")},
    )


def _line(metrics: dict[str, float], more: dict[str, Any]) -> str:
    """A log line that CloudWatch makes metrics of (CloudWatch User Guide, "Embedded metric format")."""
    told = [
        {"Name": "CanaryHeard", "Unit": "Count"},
        {"Name": "CanaryTime", "Unit": "Milliseconds"},
    ]
    directive = {"Namespace": os.environ["METRICS_NAMESPACE"], "Dimensions": [[]], "Metrics": told}
    meta = {"Timestamp": int(1000 * time.time()), "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": meta, "message": "canary", **more, **metrics})
