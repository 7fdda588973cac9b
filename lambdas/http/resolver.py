"""The common part of all functions behind the gateway: routing, logging, counting, and answering with a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit

from directory.schema.request import carrying_out
from lambdas import problem
from lambdas.http import rate_limit

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

AnswerT = TypeVar("AnswerT")
_Handler = Callable[[dict[str, Any], "LambdaContext"], dict[str, Any]]

_logger: Final = Logger()
_metrics: Final = Metrics()
_EVERYWHERE: Final = {"Access-Control-Allow-Origin": ["*"], "Access-Control-Expose-Headers": ["*"]}
_OUTCOMES: Final = {2: "Answered", 4: "Refused", 5: "Failed"}


def resolver() -> APIGatewayRestResolver:
    """A resolver for routes below /v1.0 that answers every error with its problem.

    Powertools would print whole events, passwords in them, when its debug mode is on. Here the environment cannot turn
    it on.
    """
    app = APIGatewayRestResolver(strip_prefixes=["/v1.0"], debug=False)

    def answer_problem(error: Exception) -> Response[str]:
        found = problem.problem_of(error)
        if found.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            request_id = app.current_event.request_context.request_id
            _logger.error(found.code, exc_info=error, extra={"request_id": request_id})
        return problem.answer(found)

    def check_allowance(app: APIGatewayRestResolver, go_on: NextMiddleware) -> Response[Any]:
        rate_limit.check(_authorized(app.current_event.raw_event))
        return go_on(app)

    app.exception_handler(Exception)(answer_problem)
    app.use([check_allowance])
    return app


def handler_of(app: APIGatewayRestResolver) -> _Handler:
    """The function's entry point: takes the gateway's event, returns the answer, and counts its outcome.

    Every answer and all that is written tells the request's id. Every answer also tells the rest of the customer's
    allowance. A page of any origin may read the answers.
    """

    @_logger.inject_lambda_context(
        log_event=False, clear_state=True, correlation_id_path=correlation_paths.API_GATEWAY_REST
    )
    @_metrics.log_metrics(capture_cold_start_metric=True)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        request_id = event["requestContext"]["requestId"]
        with carrying_out(request_id):
            answer = app.resolve(event, context)
        answer["multiValueHeaders"] |= (
            _EVERYWHERE | {"X-Request-Id": [request_id]} | rate_limit.headers(_authorized(event))
        )
        _metrics.add_metric(_OUTCOMES[answer["statusCode"] // 100], MetricUnit.Count, 1)
        _log(event, answer["statusCode"])
        return answer

    entry_point: _Handler = handler  # the decorators lose its type
    return entry_point


def _log(event: dict[str, Any], status: int) -> None:
    """A line for each call; the path, which has no query, has the ids of what was changed."""
    fields = {"method": event["httpMethod"], "path": event["path"], "status": status}
    if event["httpMethod"] != "GET" and status < HTTPStatus.BAD_REQUEST:
        _logger.info("changed", extra=fields)
    else:
        _logger.debug("answered", extra=fields)


def answer(body: AnswerT, headers: Mapping[str, str]) -> Response[AnswerT]:
    """A 200 with a JSON body."""
    return Response(HTTPStatus.OK.value, "application/json", body, headers)


def caller(app: APIGatewayRestResolver) -> str:
    """The id of the customer whose access key the authorizer found in the request."""
    customer_id: str = app.current_event.request_context.authorizer["customer_id"]
    return customer_id


def _authorized(event: dict[str, Any]) -> dict[str, Any]:
    """Returns the context that the authorizer gave for the caller, {} where IAM or nothing authorizes the call."""
    found: dict[str, Any] = event["requestContext"].get("authorizer") or {}
    return found
