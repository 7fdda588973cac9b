"""The way of an alarm: from CloudWatch through the topic to a subscriber."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from sipctl.aws import Account
from sipctl.check import Check
from sipctl.environment import Environment
from sipctl.stacks import Stacks

_CLOUDWATCH: Final = "cloudwatch.amazonaws.com"
# SNS answers this in place of an ARN until the subscriber has confirmed.
_PENDING: Final = "PendingConfirmation"


def check_alarm_path(account: Account, stacks: Stacks, environment: Environment) -> Iterator[Check]:
    """Checks the topic's policy, its subscriptions, and that no alarm rings or is switched off."""
    topic = stacks.output("monitoring", "AlarmTopic")
    client = account.client("sns")
    policy = json.loads(client.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    may_publish = any(_lets_publish(statement) for statement in policy["Statement"])
    yield Check(
        "alarms reach the topic",
        may_publish,
        f"the topic's policy {'lets' if may_publish else 'does not let'} CloudWatch publish.",
        "Deploy the monitoring stack again: its policy was changed by hand.",
    )
    subscriptions = [
        subscription
        for page in client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        for subscription in page["Subscriptions"]
    ]
    confirmed = [each for each in subscriptions if each["SubscriptionArn"] != _PENDING]
    yield Check(
        "the topic reaches people",
        bool(confirmed),
        f"{len(confirmed)} confirmed subscriptions, {len(subscriptions) - len(confirmed)} not confirmed.",
        "Set alarm_email and deploy, then confirm the subscription by the link in the mail.",
    )
    yield from _check_alarms(account, topic, environment)


def send_test(account: Account, environment: Environment) -> Iterator[Check]:
    """Lets one alarm ring, and end: its subscribers get two messages. CloudWatch evaluates it anew within minutes."""
    client = account.client("cloudwatch")
    name = _alarms(account, environment.stack("monitoring"))[0]["AlarmName"]
    for state in ("ALARM", "OK"):
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="A test by sipctl doctor.")
    yield Check("test alarm", True, f"{name} rang and ended. See that both messages have come.")


def _check_alarms(account: Account, topic: str, environment: Environment) -> Iterator[Check]:
    alarms = _alarms(account, environment.stack("monitoring"))
    silent = [
        alarm["AlarmName"] for alarm in alarms if not alarm["ActionsEnabled"] or topic not in alarm["AlarmActions"]
    ]
    yield Check(
        "alarms are on",
        bool(alarms) and not silent,
        f"{len(alarms)} alarms, {len(silent)} of them tell nothing: {', '.join(silent) or '-'}.",
        "aws cloudwatch enable-alarm-actions --alarm-names NAME, or deploy the monitoring stack again.",
    )
    ringing = [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]
    yield Check(
        "no alarm rings",
        not ringing,
        f"{', '.join(ringing) or 'none'}.",
        "See the section of each in docs/runbook.md.",
    )


def _alarms(account: Account, prefix: str) -> list[dict[str, Any]]:
    pages = account.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    return [alarm for page in pages for alarm in page["MetricAlarms"]]


def _lets_publish(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal", {})
    services = principal.get("Service", ()) if isinstance(principal, dict) else ()
    actions = statement.get("Action", ())
    named = [services] if isinstance(services, str) else services
    allowed = [actions] if isinstance(actions, str) else actions
    publishes = any(action.lower() in ("sns:publish", "sns:*") for action in allowed)
    return bool(statement.get("Effect") == "Allow" and _CLOUDWATCH in named and publishes)
