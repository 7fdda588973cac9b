"""A deployed environment: each broken part fails its check alone, and a sound one passes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from local.emulator import CREDENTIALS, REGION, session
from sipctl.aws import Account
from sipctl.check import Check
from sipctl.doctor.alarm_path import check_alarm_path, send_test
from sipctl.doctor.reach import check_names
from sipctl.environment import Environment
from sipctl.names import Names
from sipctl.stacks import Stacks
from tests.background import in_background
from tests.edge_process import StartEdge
from tests.ports import free_port
from tests.service import Service
from tests.sip_edge.resolver.nameserver import Nameserver
from tests.sipctl.deployed import deployed
from tests.sipctl.terminal import Terminal

ENVIRONMENT = Environment("doctor", {"base": "voip.example", "hosted_zone_id": "Z0123456789ABC"})
STACK = ENVIRONMENT.stack("monitoring")
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudwatch.amazonaws.com"},
    "Action": "sns:Publish",
    "Resource": "*",
}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
RECORDS = """
    sip.voip A 192.0.2.1
    registrar.voip A 192.0.2.1
    any.registrar.voip A 192.0.2.1
    _sips._tcp.sip.voip SRV 10 10 5061 sip.voip
    _sip._tcp.sip.voip SRV 10 10 5060 sip.voip
    _sip._udp.sip.voip SRV 10 10 5060 sip.voip
    _sips._tcp.registrar.voip SRV 10 10 5061 sip.voip
    _sip._tcp.registrar.voip SRV 10 10 5060 sip.voip
    _sip._udp.registrar.voip SRV 10 10 5060 sip.voip
"""


@pytest.fixture
def aws(service: Service) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": service.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIALS.access_key,
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS.secret_key,
    }


@pytest.fixture
def account(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name, value in aws.items():
        monkeypatch.setenv(name, value)
    return Account(None)


@pytest.fixture
def topic(service: Service) -> Iterator[str]:
    """A topic with a subscriber and an alarm, as the monitoring stack has them."""
    with deployed(service, STACK, {"Topic": {"Type": "AWS::SNS::Topic"}}, {"AlarmTopic": {"Ref": "Topic"}}):
        described = session().client("cloudformation", endpoint_url=service.endpoint).describe_stacks(StackName=STACK)
        topic = described["Stacks"][0]["Outputs"][0]["OutputValue"]
        alarms = session().client("cloudwatch", endpoint_url=service.endpoint)
        put_alarm(alarms, AlarmActions=[topic])
        yield topic
        alarms.delete_alarms(AlarmNames=[f"{STACK}-NoEdges"])


def put_alarm(alarms: Any, **more: Any) -> None:
    alarms.put_metric_alarm(
        AlarmName=f"{STACK}-NoEdges",
        Namespace="x",
        MetricName="y",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        **more,
    )


def failed(checks: Iterator[Check]) -> set[str]:
    return {check.name for check in checks if not check.passed}


def path(account: Account) -> set[str]:
    return failed(check_alarm_path(account, Stacks(account, ENVIRONMENT), ENVIRONMENT))


def set_policy(account: Account, topic: str, *statements: dict[str, Any]) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    account.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def test_the_path_of_an_alarm(account: Account, topic: str) -> None:
    set_policy(account, topic, DENY)
    assert path(account) == {"alarms reach the topic", "the topic reaches people"}
    set_policy(
        account,
        topic,
        DENY,
        {**ALLOW, "Action": ["SNS:Publish"], "Principal": {"Service": ["cloudwatch.amazonaws.com"]}},
    )
    account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:q")
    assert path(account) == set()
    set_policy(account, topic, {**ALLOW, "Principal": {"Service": "events.amazonaws.com"}})
    assert path(account) == {"alarms reach the topic"}


def test_alarms_that_ring_or_tell_nothing(account: Account, topic: str) -> None:
    set_policy(account, topic, ALLOW)
    alarms = account.client("cloudwatch")
    alarms.set_alarm_state(AlarmName=f"{STACK}-NoEdges", StateValue="ALARM", StateReason="test")
    assert "no alarm rings" in path(account)
    put_alarm(alarms, AlarmActions=[topic], ActionsEnabled=False)
    assert "alarms are on" in path(account)
    put_alarm(alarms, AlarmActions=[])
    assert "alarms are on" in path(account)


def test_a_test_alarm_rings_and_ends(account: Account, topic: str) -> None:
    assert not failed(send_test(account, ENVIRONMENT))
    (alarm,) = account.client("cloudwatch").describe_alarms(AlarmNames=[f"{STACK}-NoEdges"])["MetricAlarms"]
    assert (alarm["StateValue"], alarm["StateReason"]) == ("OK", "A test by sipctl doctor.")


@pytest.mark.parametrize(
    ("gone", "names"),
    [
        ("nothing", set()),
        ("    sip.voip A 192.0.2.1\n", {"address of sip.voip.example"}),
        ("    any.registrar.voip A 192.0.2.1\n", {"address of any.registrar.voip.example"}),
        ("    _sip._udp.sip.voip SRV 10 10 5060 sip.voip\n", {"services of sip.voip.example"}),
        ("SRV 10 10 5061", {"services of sip.voip.example", "services of registrar.voip.example"}),
    ],
)
def test_names(gone: str, names: set[str]) -> None:
    nameserver = Nameserver(RECORDS.replace(gone, "SRV 10 10 443" if gone.startswith("SRV") else ""))
    with in_background(nameserver.serving()):
        assert failed(check_names(ENVIRONMENT, Names(f"127.0.0.1:{nameserver.port}"))) == names


def test_a_name_may_have_an_ipv6_address_alone() -> None:
    nameserver = Nameserver(RECORDS.replace("A 192.0.2.1", "AAAA 2001:db8::1"))
    with in_background(nameserver.serving()):
        assert not failed(check_names(ENVIRONMENT, Names(f"127.0.0.1:{nameserver.port}")))


def test_a_registration_and_a_call(service: Service, aws: dict[str, str], start_edge: StartEdge) -> None:
    terminal = Terminal(SIP_API_URL=service.api_url, **aws)
    customers = terminal.json("customers", "list")
    ended = terminal.run("doctor", "--edge", f"127.0.0.1:{start_edge().port()}", "--json")
    found = {check["name"]: check["passed"] for check in json.loads(ended.stdout)}
    assert all(found[f"call: {step}"] for step in ("resolve", "register", "call", "sound", "end"))
    assert (ended.status, found["alarms"]) == (1, False), "this environment has no monitoring stack"
    broken = terminal.run("doctor", "--edge", f"127.0.0.1:{free_port()}").stdout
    assert "FAIL  call: register: REGISTER got no final response." in broken
    assert terminal.json("customers", "list") == customers, "nothing is left"
    assert terminal.run("doctor", "--test-alarm", stdin="n\n").status == 1
