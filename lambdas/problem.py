"""Problems: what an API call is answered with when it fails (RFC 9457).

A problem has no type of its own, "about:blank" (RFC 9457 §4.2.1). Programs tell problems apart by `code`, which never
changes. People read `detail`, which may change.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal, NotRequired

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as UnknownRouteError
from botocore.exceptions import BotoCoreError, ClientError
from typing_extensions import TypedDict

from directory import errors

Code = Literal[
    "bad_request_parameters",
    "busy",
    "changed_meanwhile",
    "customer_not_empty",
    "direct_disabled",
    "forbidden",
    "idempotency_key_reused",
    "in_progress",
    "internal_error",
    "malformed_json",
    "no_device_to_wake",
    "not_found",
    "payload_too_large",
    "push_app_exists",
    "timeout",
    "too_many_push_apps",
    "too_many_requests",
    "too_many_traces",
    "too_many_webhooks",
    "unauthorized",
    "unsupported_media_type",
    "username_taken",
    "validation_failed",
]
"""The codes of problems, those of the gateway's own answers included."""


class InvalidPart(TypedDict):
    """One part of a request that is not valid, and why.

    It is named by a JSON pointer into the body, as a query parameter, or as a header.
    """

    pointer: NotRequired[str]
    parameter: NotRequired[str]
    header: NotRequired[str]
    detail: str


class ProblemAnswer(TypedDict):
    """A problem (RFC 9457). `code` never changes; `detail` is for people, and may."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    code: Code
    errors: NotRequired[Sequence[InvalidPart]]


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `retry_after_s` is when the same call may succeed, in seconds; None when it never will."""

    status: HTTPStatus
    code: Code
    detail: str
    invalid: tuple[InvalidPart, ...] = ()
    retry_after_s: int | None = None


class RefusedError(Exception):
    """A request that is refused as it stands."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def invalid(*parts: InvalidPart) -> RefusedError:
    """The refusal of a request that can be read but holds parts that are not valid."""
    return RefusedError(
        Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "validation_failed", "The request is not valid.", parts)
    )


_NOT_FOUND: Final = Problem(HTTPStatus.NOT_FOUND, "not_found", "There is no such resource.")
_BUSY: Final = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", "The service is busy. Try again.", retry_after_s=1)
_INTERNAL: Final = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "The service failed.")

_PROBLEMS: Final[dict[type[Exception], Problem]] = {
    UnknownRouteError: _NOT_FOUND,
    errors.NotFoundError: _NOT_FOUND,
    errors.UsernameTakenError: Problem(
        HTTPStatus.CONFLICT, "username_taken", "The customer already has an extension of this username."
    ),
    errors.NoDirectHashError: Problem(
        HTTPStatus.CONFLICT, "direct_disabled", "The extension has no direct hash to regenerate: enable direct first."
    ),
    errors.ChangedMeanwhileError: Problem(
        HTTPStatus.PRECONDITION_FAILED, "changed_meanwhile", "It was changed since: get it again, and its new ETag."
    ),
    errors.TooManyWebhooksError: Problem(
        HTTPStatus.CONFLICT, "too_many_webhooks", "The customer has ten webhooks: delete one first."
    ),
    errors.TooManyPushAppsError: Problem(
        HTTPStatus.CONFLICT, "too_many_push_apps", "The customer has ten push apps: delete one first."
    ),
    errors.PushAppExistsError: Problem(
        HTTPStatus.CONFLICT, "push_app_exists", "The customer has a push app of this name: delete that first."
    ),
    errors.TooManyTracesError: Problem(
        HTTPStatus.CONFLICT,
        "too_many_traces",
        "Three extensions of the customer are traced, or ten in all: end a trace, or wait until one ends.",
    ),
    errors.WakeUpTestUnderWayError: Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too_many_requests",
        "The devices of the extension are being tested: wait for the outcome.",
        retry_after_s=40,
    ),
    errors.CustomerNotEmptyError: Problem(
        HTTPStatus.CONFLICT, "customer_not_empty", "The customer still has extensions: delete them first."
    ),
    errors.ContentionError: _BUSY,
}

# What DynamoDB says when it is asked too often, or fails for a moment.
_PASSING_ERRORS: Final = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
    }
)


def problem_of(error: Exception) -> Problem:
    """Returns the problem to report for an error. An unforeseen one is an internal error without its cause."""
    if isinstance(error, RefusedError):
        return error.problem
    if isinstance(error, ClientError):
        return _BUSY if error.response["Error"]["Code"] in _PASSING_ERRORS else _INTERNAL
    if isinstance(error, BotoCoreError):  # DynamoDB could not be reached in time
        return _BUSY
    return _PROBLEMS.get(type(error), _INTERNAL)


def answer(problem: Problem) -> Response[str]:
    """The answer that reports a problem."""
    body: ProblemAnswer = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "code": problem.code,
    }
    if problem.invalid:
        body["errors"] = problem.invalid
    headers = {} if problem.retry_after_s is None else {"Retry-After": str(problem.retry_after_s)}
    return Response(problem.status.value, "application/problem+json", json.dumps(body), headers)
