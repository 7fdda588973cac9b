"""The body of a request, from the gateway's event to a model."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from lambdas.http import strict_json
from lambdas.model import Model
from lambdas.problem import InvalidPart, Problem, RefusedError, invalid

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
    from pydantic_core import ErrorDetails

ModelT = TypeVar("ModelT", bound=Model)

# Every valid body fits, even with each of its characters escaped.
MAX_BYTES: Final = 32 * 1024


def read(event: APIGatewayProxyEvent, model: type[ModelT]) -> ModelT:
    """The body of a request as a model.

    Raises RefusedError with 415 when the body is not declared to be JSON. The status is 413 when it is longer than
    MAX_BYTES, and 400 when it is no JSON object. The status is 422 when members break rules of the model, with a
    pointer to each of them. No refusal repeats a value of the body, which may be a password.
    """
    if _media_type(event) != "application/json":
        raise RefusedError(
            Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body must be application/json.")
        )
    try:
        members = strict_json.read_object(_text(event))
    except strict_json.MalformedError as malformed:
        raise _malformed(str(malformed)) from None
    try:
        return model.model_validate(members)
    except ValidationError as refused:
        details = refused.errors(include_url=False, include_context=False, include_input=False)
        raise invalid(*[_invalid_member(error, model) for error in details]) from None


def _media_type(event: APIGatewayProxyEvent) -> str:
    """The media type without its parameters (RFC 9110 §8.3.1), in lower case."""
    content_type: str = event.headers.get("content-type", "")
    return content_type.partition(";")[0].strip().lower()


def _text(event: APIGatewayProxyEvent) -> str:
    body = event.body or ""
    try:
        data = base64.b64decode(body, validate=True) if event.is_base64_encoded else body.encode()
        text = data.decode()
    except ValueError:
        raise _malformed("The body is not UTF-8 text.") from None
    if len(data) > MAX_BYTES:
        raise RefusedError(
            Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "payload_too_large", f"The body is longer than {MAX_BYTES} bytes."
            )
        )
    return text


def _malformed(detail: str) -> RefusedError:
    return RefusedError(Problem(HTTPStatus.BAD_REQUEST, "malformed_json", detail))


def _invalid_member(error: ErrorDetails, model: type[Model]) -> InvalidPart:
    detail = error["msg"]
    if error["type"] == "extra_forbidden":
        detail = f"This is no field of the request. Its fields are: {', '.join(model.model_fields)}"
    return {"pointer": _pointer(error["loc"]), "detail": detail}


def _pointer(location: Iterable[str | int]) -> str:
    """A JSON pointer as a URI fragment (RFC 6901 §6)."""
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in location]
    return "#" + "".join(f"/{quote(step, safe='~')}" for step in steps)
