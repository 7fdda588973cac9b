"""The document, made from the operations and their models (https://spec.openapis.org/oas/v3.1.0)."""

from __future__ import annotations

import re
from collections import defaultdict
from http import HTTPStatus
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from directory.version import VERSION
from lambdas.http.pages import MAX_SIZE
from lambdas.model.identifiers import CUSTOMER_ID, REGISTRATION_ID, UUID
from lambdas.openapi.examples import example
from lambdas.openapi.operations import OPERATIONS, Operation
from lambdas.problem import ProblemAnswer

_Object = dict[str, Any]
_Schemas = dict[Any, _Object]

_SECURITY_SCHEMES: Final[_Object] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The token of an access key."},
    "token": {"type": "apiKey", "in": "query", "name": "token", "description": "The token of an access key."},
    "iam": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "A signature of AWS (SigV4) by somebody who may call the operator's part.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
}
_SECURITY: Final[dict[str, list[_Object]]] = {
    "customer": [{"bearer": []}, {"token": []}],
    "operator": [{"iam": []}],
    "anyone": [],
}
_HEADERS: Final[_Object] = {
    "ETag": {"description": "Stands for the state of all that can be changed by PUT.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "The call was carried out before: this is the answer that it got then.",
        "schema": {"const": "true"},
    },
    "RateLimit": {
        "description": "How many calls are left to the customer (r), and for how many seconds (t).",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "How many calls a customer may make (q) in so many seconds (w).",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "When to try again, in seconds.", "schema": {"type": "integer"}},
    "X-Request-Id": {"description": "Under which the logs have the call.", "schema": {"type": "string"}},
}
_PARAMETERS: Final[_Object] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Fresh for each call: with the same key, the same call is carried out once within a day.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of the state to change: nothing is changed in another one.",
        "schema": {"type": "string"},
    },
    "page_size": {
        "name": "page_size",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": MAX_SIZE},
    },
    "status": {
        "name": "status",
        "in": "query",
        "description": "Leave out extensions of the other status.",
        "schema": {"enum": ["registered", "unregistered"]},
    },
    "username": {
        "name": "username",
        "in": "query",
        "description": "List the extension of exactly this username alone, or nothing when there is none.",
        "schema": {"type": "string"},
    },
    "page_token": {
        "name": "page_token",
        "in": "query",
        "description": "The next_page_token of the page before.",
        "schema": {"type": "string"},
    },
}


class _AsTheApiTakesIt(GenerateJsonSchema):
    """Schemas without null, which no field takes: a field that may be absent has no value then. And without titles."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """The schema of what is there."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """With the default, unless it stands for absence."""
        found = super().default_schema(schema)
        return {name: value for name, value in found.items() if (name, value) != ("default", None)}

    def field_title_should_be_set(self, schema: object) -> bool:
        """A field's title would only say its name again."""
        return False


def document() -> _Object:
    """The whole API as JSON. Its server is where the document is."""
    kinds = {kind for operation in OPERATIONS for kind in (operation.body, operation.answer) if kind}
    references, definitions = TypeAdapter.json_schemas(
        [(kind, "validation", TypeAdapter(kind)) for kind in sorted({*kinds, ProblemAnswer}, key=str)],
        ref_template="#/components/schemas/{model}",
        schema_generator=_AsTheApiTakesIt,
    )
    schemas = {kind: schema for (kind, _), schema in references.items()}
    paths: dict[str, _Object] = defaultdict(dict)
    for operation in OPERATIONS:
        paths[operation.path][operation.method.lower()] = _described(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "SIP extensions", "version": VERSION},
        "servers": [{"url": "../v1.0"}],
        "paths": dict(paths),
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": _SECURITY_SCHEMES,
            "headers": _HEADERS,
            "parameters": _PARAMETERS,
        },
    }


def _described(operation: Operation, schemas: _Schemas) -> _Object:
    found: _Object = {
        "operationId": operation.name,
        "summary": operation.summary,
        "security": _SECURITY[operation.caller],
        "parameters": _parameters(operation),
        "responses": {"200": _success(operation, schemas)},
    }
    for status, description in _refusals(operation).items():
        found["responses"][str(status.value)] = {
            "description": description,
            "headers": _header_references("X-Request-Id", "Retry-After"),
            "content": {"application/problem+json": {"schema": schemas[ProblemAnswer]}},
        }
    if operation.body:
        content = {"schema": schemas[operation.body], "example": example(operation.body)}
        found["requestBody"] = {"required": True, "content": {"application/json": content}}
    return found


def _success(operation: Operation, schemas: _Schemas) -> _Object:
    headers = ["X-Request-Id"]
    if operation.caller == "customer":
        headers += ["RateLimit", "RateLimit-Policy"]
    if operation.revised:
        headers.append("ETag")
    if operation.method == "POST":
        headers.append("Idempotency-Replayed")
    content = {"schema": schemas[operation.answer], "example": example(operation.answer)}
    found: _Object = {
        "description": operation.summary,
        "headers": _header_references(*headers),
        "content": {"application/json": content},
    }
    if operation.method == "POST" and "{" not in operation.path:
        below = [other for other in OPERATIONS if other.path.startswith(operation.path + "/{id}")]
        found["links"] = {
            other.name: {"operationId": other.name, "parameters": {"id": "$response.body#/id"}} for other in below
        }
    return found


def _refusals(operation: Operation) -> dict[HTTPStatus, str]:
    """Returns the refusals of a call by their status, each with its occasions."""
    found = {
        HTTPStatus.FORBIDDEN: "The caller may not do this.",
        HTTPStatus.TOO_MANY_REQUESTS: "There are too many calls.",
        HTTPStatus.INTERNAL_SERVER_ERROR: "The service failed.",
        HTTPStatus.SERVICE_UNAVAILABLE: "The service is busy.",
        HTTPStatus.GATEWAY_TIMEOUT: "The service did not answer in time.",
    }
    if operation.caller == "customer":
        found[HTTPStatus.UNAUTHORIZED] = "There is no token, or not a good one."
    if "{" in operation.path or operation.method == "POST":
        found[HTTPStatus.NOT_FOUND] = "There is no such resource, or it is another customer's."
    if operation.body:
        found[HTTPStatus.BAD_REQUEST] = "The body is no JSON object."
        found[HTTPStatus.REQUEST_ENTITY_TOO_LARGE] = "The body is too large."
        found[HTTPStatus.UNSUPPORTED_MEDIA_TYPE] = "The body is not declared to be JSON."
    if operation.body or operation.is_paged:
        found[HTTPStatus.UNPROCESSABLE_ENTITY] = "Parts of the request are not valid: `errors` names them."
    conflicts = [operation.conflict] if operation.conflict else []
    if operation.method == "POST":
        conflicts.append("A call with this Idempotency-Key is being carried out.")
    if conflicts:
        found[HTTPStatus.CONFLICT] = " Or: ".join(conflicts)
    if _heeds_if_match(operation):
        found[HTTPStatus.PRECONDITION_FAILED] = "It is not in the state of If-Match."
    return found


def _parameters(operation: Operation) -> list[_Object]:
    found: list[_Object] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": _shape(operation, name)}}
        for name in re.findall("{(.*?)}", operation.path)
    ]
    names = [*operation.parameters, *(("page_size", "page_token") if operation.is_paged else ())]
    if operation.method == "POST":
        names.append("Idempotency-Key")
    if _heeds_if_match(operation):
        names.append("If-Match")
    return found + [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _heeds_if_match(operation: Operation) -> bool:
    return operation.revised and operation.method in ("PUT", "DELETE")


def _shape(operation: Operation, parameter: str) -> str:
    if parameter == "registration_id":
        return f"^{REGISTRATION_ID.pattern}$"
    shape = CUSTOMER_ID if operation.path.startswith("/customers") and parameter == "id" else UUID
    return f"^{shape.pattern}$"


def _header_references(*names: str) -> _Object:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
