"""The REST API: gateway, authorizer and functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from constructs import Construct

from directory.schema.tables import Table
from infra import outputs, permissions
from infra.access_log import ACCESS_LOG
from infra.api_domain import ApiDomain
from infra.bundle import bundle
from infra.configuration import Configuration
from infra.data_stack import KEPT
from infra.events_stack import let_deliver
from infra.firewall import Firewall
from infra.function import Function
from infra.log import Log
from infra.problems import add_problems
from infra.push_key import let_encrypt
from infra.usage_plan import UsagePlan, usage_key

# A stage's name can't hold a dot, so the version is a resource below it.
_STAGE: Final = "live"
_VERSION: Final = "v1.0"

# Of one method, by everybody; the account's own limit protects no other API in it from this one.
_REQUESTS_PER_SECOND: Final = 500
_BURST: Final = 1000

API_THROTTLED: Final = "ApiThrottled"
"""The metric of answers with 429, in the namespace of the environment."""

# Pages of any origin may call: what lets a caller in is a token or a signature, which no browser adds by itself.
_CORS: Final = apigateway.CorsOptions(
    allow_origins=apigateway.Cors.ALL_ORIGINS,
    allow_methods=["GET", "POST", "PUT", "DELETE"],
    allow_headers=[
        *("Authorization", "Content-Type", "Idempotency-Key", "If-Match"),
        *("X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token"),
    ],
    max_age=cdk.Duration.days(1),
)


class Route(NamedTuple):
    """A path below the version, and the methods it takes."""

    path: str
    methods: tuple[str, ...]


_DOCUMENT_ROUTE: Final = Route("openapi.json", ("GET",))
_EXTENSION_ROUTES: Final = (
    Route("extensions", ("POST", "GET")),
    Route("extensions/{id}", ("GET", "PUT", "DELETE")),
)
_ATTEMPT_ROUTES: Final = (
    Route("attempts", ("GET",)),
    Route("extensions/{id}/attempts", ("GET",)),
)
_WAKE_UP_ROUTES: Final = (
    Route("extensions/{id}/wake-ups", ("GET",)),
    Route("extensions/{id}/wake-up-test", ("POST",)),
)
_TRACE_ROUTES: Final = (Route("extensions/{id}/trace", ("GET", "PUT")),)
_REGISTRATION_ROUTES: Final = (
    Route("registrations", ("GET",)),
    Route("extensions/{id}/registrations", ("GET",)),
    Route("extensions/{id}/registrations/{registration_id}", ("DELETE",)),
)
_ACCESS_KEY_ROUTES: Final = (
    Route("accesskeys", ("POST", "GET")),
    Route("accesskeys/{id}", ("GET", "DELETE")),
)
_CUSTOMER_ROUTES: Final = (
    Route("customers", ("POST", "GET")),
    Route("customers/{id}", ("GET", "DELETE")),
    Route("customers/{id}/accesskeys", ("POST", "GET")),
    Route("customers/{id}/accesskeys/{key_id}", ("DELETE",)),
)
_WEBHOOK_ROUTES: Final = (
    Route("webhooks", ("POST", "GET")),
    Route("webhooks/{id}", ("GET", "PUT", "DELETE")),
    Route("webhooks/{id}/test", ("POST",)),
)
_PUSH_APP_ROUTES: Final = (
    Route("push-apps", ("POST", "GET")),
    Route("push-apps/{id}", ("GET", "DELETE")),
    Route("push-apps/{id}/test", ("POST",)),
)
_UNASSIGNED_ROUTE: Final = Route("attempts/unassigned", ("GET",))
_EDGE_ROUTES: Final = (Route("edges", ("GET", "PUT")),)


class ApiStack(cdk.Stack):
    """The REST API on the given tables."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        tables: Mapping[Table, dynamodb.TableV2],
        webhook_secret_arn: str,
        push_key_arn: str,
        zone: route53.IHostedZone | None,
        env: cdk.Environment | None,
    ) -> None:
        super().__init__(
            scope, construct_id, stack_name=construct_id, env=env, description="SIP extensions: the REST API"
        )
        self._configuration = configuration
        self.tables = tables
        self.functions: list[Function] = []
        self._webhook_secret_arn = webhook_secret_arn
        self._push_key_arn = push_key_arn
        self._code = lambda_.Code.from_asset(str(bundle(configuration.platform)))
        self.api = self._gateway(has_own_name=zone is not None)
        self._version = self.api.root.add_resource(_VERSION)
        # The gateway looks no deeper than this: what is wrong with a field, the function tells better.
        self._json_object = self.api.add_model(
            "JsonObject",
            content_type="application/json",
            schema=apigateway.JsonSchema(type=apigateway.JsonSchemaType.OBJECT),
        )
        self._body_validator = self.api.add_request_validator("BodyValidator", validate_request_body=True)
        add_problems(self.api)
        self._add_customers_own_routes()
        self._add_operators_routes()
        document = self._function("DocumentFunction", "document", ())
        self._add_route(_DOCUMENT_ROUTE, document, apigateway.AuthorizationType.NONE)
        UsagePlan(self, "UsagePlan", configuration=configuration, stage=self.api.deployment_stage)
        self.url = self.api.url_for_path(f"/{_VERSION}")
        if zone:
            name = f"api.{configuration.base}"
            ApiDomain(self, "Name", name=name, zone=zone, api=self.api)
            self.url = f"https://{name}/{_VERSION}"
        if configuration.firewall:
            Firewall(self, "Firewall", configuration=configuration, stage=self.api.deployment_stage)
        cdk.CfnOutput(self, outputs.API_URL, value=self.url)
        cdk.CfnOutput(self, outputs.BASE_DOMAIN, value=configuration.base)
        cdk.CfnOutput(self, outputs.REALM, value=configuration.realm)

    def _gateway(self, *, has_own_name: bool) -> apigateway.RestApi:
        log = Log(self, "AccessLog", configuration=self._configuration)
        # The gateway counts 429 with all other answers of 4xx.
        logs.MetricFilter(
            self,
            "Throttled",
            log_group=log,
            filter_pattern=logs.FilterPattern.string_value("$.status", "=", "429"),
            metric_namespace=self._configuration.metrics_namespace,
            metric_name=API_THROTTLED,
            default_value=0,
        )
        return apigateway.RestApi(
            self,
            "Api",
            rest_api_name=self.stack_name,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            default_cors_preflight_options=_CORS,
            disable_execute_api_endpoint=has_own_name,
            # Customers show access keys of ours; the gateway's own key, by which it counts, the authorizer names.
            api_key_source_type=apigateway.ApiKeySourceType.AUTHORIZER,
            # Access logs need the account's role for the gateway, which CDK makes, and leaves for other environments.
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=KEPT,
            deploy_options=apigateway.StageOptions(
                stage_name=_STAGE,
                throttling_rate_limit=_REQUESTS_PER_SECOND,
                throttling_burst_limit=_BURST,
                access_log_destination=apigateway.LogGroupLogDestination(log),
                access_log_format=ACCESS_LOG,
                # The execution log would show query strings, and so tokens.
                logging_level=apigateway.MethodLoggingLevel.OFF,
                data_trace_enabled=False,
            ),
        )

    def _add_customers_own_routes(self) -> None:
        function = self._function("AuthorizerFunction", "authorizer", permissions.AUTHORIZER)
        function.add_environment("USAGE_KEY", usage_key(self))
        authorizer = apigateway.RequestAuthorizer(
            self,
            "Authorizer",
            handler=function,
            # The token may stand in either of two places. Without a cache a deleted key ends at once.
            identity_sources=[],
            results_cache_ttl=cdk.Duration.seconds(0),
        )
        extensions = self._function("ExtensionsFunction", "extensions", permissions.EXTENSIONS)
        access_keys = self._function("AccessKeysFunction", "access_keys", permissions.ACCESS_KEYS)
        attempts = self._function("AttemptsFunction", "attempts", permissions.ATTEMPTS)
        self._add_route(_UNASSIGNED_ROUTE, attempts, apigateway.AuthorizationType.IAM)
        webhooks = self._function("WebhooksFunction", "webhooks", permissions.WEBHOOKS)
        let_deliver(webhooks, self._configuration, self._webhook_secret_arn)
        for route in _WEBHOOK_ROUTES:
            self._add_route(route, webhooks, apigateway.AuthorizationType.CUSTOM, authorizer)
        push_apps = self._function("PushAppsFunction", "push_apps", permissions.PUSH_APPS)
        let_encrypt(push_apps, self._configuration, self._push_key_arn)
        for route in _PUSH_APP_ROUTES:
            self._add_route(route, push_apps, apigateway.AuthorizationType.CUSTOM, authorizer)
        registrations = self._function("RegistrationsFunction", "registrations", permissions.REGISTRATIONS)
        for route in _REGISTRATION_ROUTES:
            self._add_route(route, registrations, apigateway.AuthorizationType.CUSTOM, authorizer)
        wake_ups = self._function("WakeUpsFunction", "wake_ups", permissions.WAKE_UPS)
        for route in _WAKE_UP_ROUTES:
            self._add_route(route, wake_ups, apigateway.AuthorizationType.CUSTOM, authorizer)
        traces = self._function("TracesFunction", "traces", permissions.TRACES)
        for route in _TRACE_ROUTES:
            self._add_route(route, traces, apigateway.AuthorizationType.CUSTOM, authorizer)
        for route in _ATTEMPT_ROUTES:
            self._add_route(route, attempts, apigateway.AuthorizationType.CUSTOM, authorizer)
        for route in _EXTENSION_ROUTES:
            self._add_route(route, extensions, apigateway.AuthorizationType.CUSTOM, authorizer)
        for route in _ACCESS_KEY_ROUTES:
            self._add_route(route, access_keys, apigateway.AuthorizationType.CUSTOM, authorizer)

    def _add_operators_routes(self) -> None:
        customers = self._function("CustomersFunction", "customers", permissions.CUSTOMERS)
        edges = self._function("EdgesFunction", "edges", permissions.EDGES)
        for route in _CUSTOMER_ROUTES:
            self._add_route(route, customers, apigateway.AuthorizationType.IAM)
        for route in _EDGE_ROUTES:
            self._add_route(route, edges, apigateway.AuthorizationType.IAM)

    def _function(self, construct_id: str, module: str, permitted: Sequence[permissions.Permission]) -> Function:
        function = Function(
            self,
            construct_id,
            module=module,
            code=self._code,
            configuration=self._configuration,
            tables=self.tables,
            permissions=permitted,
        )
        self.functions.append(function)
        return function

    def _add_route(
        self,
        route: Route,
        function: Function,
        authorization_type: apigateway.AuthorizationType,
        authorizer: apigateway.IAuthorizer | None = None,
    ) -> None:
        resource = self._version.resource_for_path(route.path)
        integration = apigateway.LambdaIntegration(function, scope_permission_to_method=False)
        for method in route.methods:
            takes_body = method in ("POST", "PUT")
            resource.add_method(
                method,
                integration,
                authorization_type=authorization_type,
                authorizer=authorizer,
                api_key_required=authorizer is not None,
                request_models={"application/json": self._json_object} if takes_body else None,
                request_validator=self._body_validator if takes_body else None,
            )
