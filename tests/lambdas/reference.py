"""The OpenAPI document in the words of `docs/rest.md`: the rows that the tables of this page have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from lambdas.openapi.document import document
from tests.markdown import Row

# An enumeration that is longer stands in a table of its own.
_MOST_NAMES: Final = 4
_PAGE: Final = "Page_"
_CALLERS: Final = {"bearer": "a customer", "iam": "the operator", "": "anyone"}


def calls() -> set[Row]:
    """Caller, call, parameters, body, answer, and the refusals beyond those of every call."""
    return {
        (
            _caller(operation),
            f"`{method.upper()} {path}`",
            ", ".join(f"`{parameter}`" for parameter in _parameters(operation)),
            _kind(operation["requestBody"]) if "requestBody" in operation else "",
            _kind(operation["responses"]["200"]),
            ", ".join(sorted(_refusals(operation) - refusals_of_every_call())),
        )
        for path, methods in _published()["paths"].items()
        for method, operation in methods.items()
    }


def refusals_of_every_call() -> set[str]:
    """The status codes with which every call may be refused."""
    operations = [operation for methods in _published()["paths"].values() for operation in methods.values()]
    return set.intersection(*(_refusals(operation) for operation in operations))


def statuses() -> set[str]:
    """All status codes of refusals."""
    return {s for m in _published()["paths"].values() for operation in m.values() for s in _refusals(operation)}


def fields() -> dict[str, set[Row]]:
    """Name and type of the fields of each object, by the object's name. The pages of all lists are one object."""
    found: dict[str, set[Row]] = {}
    for name, kind in _published()["components"]["schemas"].items():
        required = kind.get("required", ())
        rows: set[Row] = {
            (f"`{field}`", described(schema, field in required)) for field, schema in kind.get("properties", {}).items()
        }
        if name.startswith(_PAGE):
            found["page"] = {(field, schema.partition(" of ")[0]) for field, schema in rows}
        elif rows:
            found[name] = rows
    return found


def parameters() -> set[Row]:
    """Name, place and type of each parameter outside the path."""
    found = _published()["components"]["parameters"].values()
    return {(f"`{p['name']}`", p["in"], described(p["schema"], is_required=False)) for p in found}


def headers() -> set[str]:
    """The names of the headers of answers."""
    return {f"`{name}`" for name in _published()["components"]["headers"]}


def codes() -> set[str]:
    """The codes of problems."""
    return {
        f"`{code}`" for code in _published()["components"]["schemas"]["ProblemAnswer"]["properties"]["code"]["enum"]
    }


def described(schema: dict[str, Any], is_required: bool) -> str:
    """Returns a field's type, its bounds, and whether it may be absent."""
    text = "".join(_type(schema))
    if "default" in schema:
        return f"{text}, `{json.dumps(schema['default'])}` by default"
    return text if is_required else f"{text}, optional"


def _type(schema: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        yield f"`{schema['$ref'].rpartition('/')[2]}`"
    elif "anyOf" in schema:
        yield " or ".join("".join(_type(choice)) for choice in schema["anyOf"])
    elif "const" in schema:
        yield f"`{json.dumps(schema['const'])}`"
    elif "enum" in schema:
        names = schema["enum"]
        listed = ", ".join(f"`{name}`" for name in names)
        yield f"one of {listed if len(names) <= _MOST_NAMES else f'{len(names)} names'}"
    elif schema["type"] == "array":
        yield f"list of {''.join(_type(schema['items']))}"
    else:
        yield schema["type"]
    least = schema.get("minLength", schema.get("minimum"))
    most = schema.get("maxLength", schema.get("maximum", schema.get("maxItems")))
    if most is not None:
        yield f", {least} to {most:,}" if least is not None else f", up to {most:,}"


def _kind(content: dict[str, Any]) -> str:
    (media,) = content["content"].values()
    schema = media["schema"]
    name: str = schema.get("$ref", "").rpartition("/")[2]
    if name.startswith(_PAGE):
        return f"page of `{name.removeprefix(_PAGE).rstrip('_')}`"
    return f"`{name}`" if name else "object"


def _caller(operation: dict[str, Any]) -> str:
    schemes = [name for scheme in operation["security"] for name in scheme]
    return _CALLERS[schemes[0] if schemes else ""]


def _parameters(operation: dict[str, Any]) -> list[str]:
    return [p["$ref"].rpartition("/")[2] for p in operation["parameters"] if "$ref" in p]


def _refusals(operation: dict[str, Any]) -> set[str]:
    return set(operation["responses"]) - {"200"}


@cache
def _published() -> dict[str, Any]:
    return document()
