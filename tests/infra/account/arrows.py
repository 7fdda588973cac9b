"""The arrows between the services of an account: calls of AWS, a function or a task to another resource.

Each names the document that says which action and which condition keys the call has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra import permissions
from infra.permissions import Permission
from tests.infra.account.account import Account
from tests.infra.account.policies import Call
from tests.infra.account.resources import ACCOUNT, REGION, Resource

_HERE: Final = {"aws:SecureTransport": "true", "aws:SourceAccount": ACCOUNT}
_DYNAMODB: Final = {
    "aws:SecureTransport": "true",
    "kms:CallerAccount": ACCOUNT,
    "kms:ViaService": f"dynamodb.{REGION}.amazonaws.com",
}
# Lambda Developer Guide, "Process DynamoDB records with Lambda" and "Configuring queues for use with Lambda".
_POLLS: Final[Mapping[str, tuple[str, ...]]] = {
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
}
# Secrets Manager User Guide, "Lambda rotation function execution role permissions".
_ROTATES: Final = ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")
# ECS Developer Guide, "Amazon ECS task execution IAM role".
_PULLS: Final = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
_ECR_IMAGE: Final = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[^.]+)\.[^/]+/(?P<name>[^:@]+)[:@]")
_WRITES_LOGS: Final = ("logs:CreateLogStream", "logs:PutLogEvents")


@dataclass(frozen=True, slots=True)
class Arrow:
    """A call from one resource to another."""

    source: str
    target: str
    call: Call

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}: {self.call.action}"


def arrows(account: Account) -> Iterator[Arrow]:
    """All arrows of an account."""
    for group in (
        _alarms,
        _subscriptions,
        _rules,
        _functions,
        _event_sources,
        _gateway,
        _rotation,
        _tasks,
        _logs,
        _page,
    ):
        yield from group(account)


def _alarms(account: Account) -> Iterator[Arrow]:
    """CloudWatch User Guide, "Using Amazon CloudWatch alarms": "Cross-service confused deputy prevention"."""
    for alarm in account.resources.of_type("AWS::CloudWatch::Alarm"):
        context = {**_HERE, "aws:SourceArn": alarm.arn, "AWS:SourceOwner": ACCOUNT}
        for action in ("AlarmActions", "OKActions", "InsufficientDataActions"):
            for topic in alarm.properties.get(action, ()):
                yield Arrow(str(alarm), topic, Call("cloudwatch.amazonaws.com", "sns:Publish", topic, context))


def _subscriptions(account: Account) -> Iterator[Arrow]:
    """SNS Developer Guide, "Subscribing an Amazon SQS queue" and "Using AWS Lambda": mail and HTTPS need no policy."""
    actions = {"sqs": "sqs:SendMessage", "lambda": "lambda:InvokeFunction"}
    for subscription in account.resources.of_type("AWS::SNS::Subscription"):
        action = actions.get(subscription.properties["Protocol"])
        if action:
            topic, endpoint = subscription.properties["TopicArn"], subscription.properties["Endpoint"]
            call = Call("sns.amazonaws.com", action, endpoint, {**_HERE, "aws:SourceArn": topic})
            yield Arrow(topic, endpoint, call)


def _rules(account: Account) -> Iterator[Arrow]:
    """EventBridge User Guide, "Using resource-based policies for Amazon EventBridge"."""
    actions = {"lambda": "lambda:InvokeFunction", "sqs": "sqs:SendMessage", "sns": "sns:Publish"}
    for rule in account.resources.of_type("AWS::Events::Rule"):
        for target in rule.properties["Targets"]:
            action = actions[target["Arn"].split(":")[2]]
            context = {**_HERE, "aws:SourceArn": rule.arn}
            yield Arrow(str(rule), target["Arn"], Call("events.amazonaws.com", action, target["Arn"], context))


def _functions(account: Account) -> Iterator[Arrow]:
    """A function uses the resources that its environment names."""
    for function in account.resources.of_type("AWS::Lambda::Function"):
        role = function.properties["Role"]
        yield _assumed(function, role, "lambda.amazonaws.com")
        group = function.properties.get("LoggingConfig", {}).get("LogGroup")
        if group:
            yield from _writing_logs(account, function, role, group)
        module = function.properties.get("Handler", "").removeprefix("lambdas.").removesuffix(".handler")
        permitted: tuple[Permission, ...] = getattr(permissions, module.upper(), ())
        environment = function.properties.get("Environment", {}).get("Variables", {})
        yield from _using_tables(account, function, role, permitted, environment)
        yield from _using_events(account, function, role, module, environment)


def _using_tables(
    account: Account, user: Resource, role: str, permitted: tuple[Permission, ...], environment: Mapping[str, str]
) -> Iterator[Arrow]:
    """Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB"."""
    for permission in permitted:
        table = account.resources.named("AWS::DynamoDB::GlobalTable", environment[permission.table.variable]).arn
        index = f"{table}/index/{permission.table.index_name}"
        for place, actions in ((table, permission.actions), (index, permission.index_actions)):
            for action in actions:
                yield Arrow(str(user), place, Call(role, f"dynamodb:{action}", place, _DYNAMODB))


def _using_events(
    account: Account, function: Resource, role: str, module: str, environment: Mapping[str, str]
) -> Iterator[Arrow]:
    """The events, deliveries, webhooks and canary functions use these resources beside tables."""
    if "EVENT_BUS" in environment:
        bus = account.resources.named("AWS::Events::EventBus", environment["EVENT_BUS"]).arn
        yield Arrow(str(function), bus, Call(role, "events:PutEvents", bus, _HERE))
    if "DELIVERY_QUEUE" in environment:
        queue = account.resources.named("AWS::SQS::Queue", environment["DELIVERY_QUEUE"].rpartition("/")[2]).arn
        # SendMessageBatch needs the permission of SendMessage (SQS Developer Guide, "Amazon SQS API permissions").
        actions = ("sqs:SendMessage", *(("sqs:ChangeMessageVisibility",) if module == "deliveries" else ()))
        yield from _calls(function, role, actions, queue)
    if "PUSH_KEY" in environment:
        yield _using_push_key(function, role, "kms:Encrypt", environment["PUSH_KEY"])
    for secret in (environment[name] for name in ("WEBHOOK_SECRET", "CANARY_SECRET") if name in environment):
        yield Arrow(str(function), secret, Call(role, "secretsmanager:GetSecretValue", secret, _HERE))


def _using_push_key(user: Resource, role: str, action: str, key: str) -> Arrow:
    """KMS Developer Guide, "Encryption context" and "AWS KMS condition keys"."""
    bound = {"kms:EncryptionContext:customer_id": "abc123-def456", "kms:EncryptionContext:push_app_id": "id"}
    return Arrow(str(user), key, Call(role, action, key, {**_HERE, **bound}))


def _event_sources(account: Account) -> Iterator[Arrow]:
    """Lambda polls with the role of the function, and sends what failed with it, too."""
    for mapping in account.resources.of_type("AWS::Lambda::EventSourceMapping"):
        function = account.resources.named("AWS::Lambda::Function", mapping.properties["FunctionName"])
        role, source = function.properties["Role"], mapping.properties["EventSourceArn"]
        service = source.split(":")[2]
        for action in _POLLS[service]:
            context = _DYNAMODB if service == "dynamodb" else _HERE
            yield Arrow(source, str(function), Call(role, action, source, context))
        failed = mapping.properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if failed:
            yield Arrow(str(mapping), failed, Call(role, "sqs:SendMessage", failed, _HERE))


def _gateway(account: Account) -> Iterator[Arrow]:
    """API Gateway Developer Guide, "Control access to a REST API": a function's policy lets the gateway invoke it."""
    for method in account.resources.of_type("AWS::ApiGateway::Method"):
        integration = method.properties["Integration"]
        if integration["Type"] == "AWS_PROXY":
            path = f"{method.properties['RestApiId']}/live/{method.properties['HttpMethod']}/v1.0/any"
            yield _invoked(method, integration["Uri"], path)
    for authorizer in account.resources.of_type("AWS::ApiGateway::Authorizer"):
        path = f"{authorizer.properties['RestApiId']}/authorizers/{authorizer.name}"
        yield _invoked(authorizer, authorizer.properties["AuthorizerUri"], path)
    for settings in account.resources.of_type("AWS::ApiGateway::Account"):
        role = settings.properties["CloudWatchRoleArn"]
        yield _assumed(settings, role, "apigateway.amazonaws.com")
        for stage in account.resources.of_type("AWS::ApiGateway::Stage"):
            yield from _calls(stage, role, _WRITES_LOGS, stage.properties["AccessLogSetting"]["DestinationArn"])


def _rotation(account: Account) -> Iterator[Arrow]:
    """Secrets Manager User Guide, "Lambda rotation function permissions"."""
    for schedule in account.resources.of_type("AWS::SecretsManager::RotationSchedule"):
        secret, function = schedule.properties["SecretId"], schedule.properties["RotationLambdaARN"]
        call = Call(
            "secretsmanager.amazonaws.com", "lambda:InvokeFunction", function, {**_HERE, "aws:SourceArn": secret}
        )
        yield Arrow(secret, function, call)
        role = account.resources.of_arn(function).properties["Role"]
        for action in _ROTATES:
            yield Arrow(function, secret, Call(role, f"secretsmanager:{action}", secret, _HERE))


def _tasks(account: Account) -> Iterator[Arrow]:
    for task in account.resources.of_type("AWS::ECS::TaskDefinition"):
        role, execution = task.properties["TaskRoleArn"], task.properties["ExecutionRoleArn"]
        yield _assumed(task, role, "ecs-tasks.amazonaws.com")
        yield _assumed(task, execution, "ecs-tasks.amazonaws.com")
        for container in task.properties["ContainerDefinitions"]:
            found = _ECR_IMAGE.match(container["Image"])
            if found:  # other registries ask for no permission of AWS
                repository = f"arn:aws:ecr:{found['region']}:{found['account']}:repository/{found['name']}"
                yield from _calls(task, execution, ("ecr:GetAuthorizationToken",), "*")
                yield from _calls(task, execution, _PULLS, repository)
            yield from _writing_logs(
                account, task, execution, container["LogConfiguration"]["Options"]["awslogs-group"]
            )
            environment = {each["Name"]: each["Value"] for each in container.get("Environment", ())}
            if "DEREGISTRATION_SECONDS" in environment:
                yield from _asking_for_tasks(account, task, role)
            if "SIP_SECRET_ID" in environment:
                yield from _calls(task, role, ("secretsmanager:GetSecretValue",), environment["SIP_SECRET_ID"])
                permitted = [
                    p for p in (*permissions.SIP_EDGE, permissions.CALL_EVENTS) if p.table.variable in environment
                ]
                yield from _using_tables(account, task, role, tuple(permitted), environment)
                for function in account.resources.of_type("AWS::Lambda::Function"):
                    variables = function.properties.get("Environment", {}).get("Variables", {})
                    if "PUSH_KEY" in variables:
                        yield _using_push_key(task, role, "kms:Decrypt", variables["PUSH_KEY"])


def _asking_for_tasks(account: Account, task: Resource, role: str) -> Iterator[Arrow]:
    """Service Authorization Reference, "Actions, resources, and condition keys for Amazon ECS"."""
    for service in account.resources.of_type("AWS::ECS::Service"):
        cluster = service.properties["Cluster"].rpartition("/")[2]
        arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{cluster}/0123456789abcdef"
        yield from _calls(task, role, ("ecs:DescribeTasks",), arn)


def _logs(account: Account) -> Iterator[Arrow]:
    """VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs"."""
    for flow_log in account.resources.of_type("AWS::EC2::FlowLog"):
        role = flow_log.properties["DeliverLogsPermissionArn"]
        yield _assumed(flow_log, role, "vpc-flow-logs.amazonaws.com")
        yield from _writing_logs(account, flow_log, role, flow_log.properties["LogGroupName"])


def _page(account: Account) -> Iterator[Arrow]:
    """CloudFront Developer Guide, "Restrict access to an Amazon S3 origin"."""
    for distribution in account.resources.of_type("AWS::CloudFront::Distribution"):
        source = f"arn:aws:cloudfront::{ACCOUNT}:distribution/{distribution.name}"
        for origin in distribution.properties["DistributionConfig"]["Origins"]:
            bucket = account.resources.named("AWS::S3::Bucket", origin["DomainName"].partition(".")[0])
            call = Call(
                "cloudfront.amazonaws.com", "s3:GetObject", f"{bucket.arn}/x", {**_HERE, "aws:SourceArn": source}
            )
            yield Arrow(str(distribution), str(bucket), call)


def _writing_logs(account: Account, user: Resource, role: str, group: str) -> Iterator[Arrow]:
    """CloudWatch Logs User Guide, "CloudWatch Logs permissions reference": a stream is below its group."""
    place = account.resources.named("AWS::Logs::LogGroup", group).arn.removesuffix("*") + "log-stream:x"
    yield from _calls(user, role, _WRITES_LOGS, place)


def _calls(user: Resource, role: str, actions: tuple[str, ...], place: str) -> Iterator[Arrow]:
    for action in actions:
        yield Arrow(str(user), place, Call(role, action, place, _HERE))


def _assumed(user: Resource, role: str, service: str) -> Arrow:
    return Arrow(str(user), role, Call(service, "sts:AssumeRole", role, _HERE))


def _invoked(user: Resource, uri: Any, path: str) -> Arrow:
    function = uri.partition("/functions/")[2].removesuffix("/invocations")
    source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{path}"
    call = Call("apigateway.amazonaws.com", "lambda:InvokeFunction", function, {**_HERE, "aws:SourceArn": source})
    return Arrow(str(user), function, call)
