"""The document and the code are about the same API."""

from __future__ import annotations

import json
import re
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from aws_lambda_powertools.event_handler import Response
from pydantic import TypeAdapter

from lambdas.openapi.document import document
from lambdas.openapi.examples import example
from lambdas.openapi.operations import OPERATIONS, Operation
from lambdas.problem import ProblemAnswer
from tests.lambdas.gateway import Gateway


def routes(functions: dict[str, ModuleType]) -> dict[tuple[str, str], Any]:
    """The calls that functions take by method and path, with the type of each answer."""
    found = {}
    for module in functions.values():
        if app := getattr(module, "_app", None):
            for route in (*app._static_routes, *app._dynamic_routes):
                answer = get_type_hints(route.func)["return"]
                path = re.sub("<.*?>", "{}", route.path)
                found[route.method, path] = get_args(answer)[0] if get_origin(answer) is Response else answer
    return found


def test_it_describes_what_the_functions_take_and_give(functions: dict[str, ModuleType]) -> None:
    described = {(o.method, re.sub("{.*?}", "{}", o.path)): o.answer for o in OPERATIONS}
    assert described == routes(functions)


def test_it_is_published(functions: dict[str, ModuleType]) -> None:
    answer = Gateway(functions, None).call("GET", "/openapi.json")
    assert answer.body == document()
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_its_names_are_unique_and_its_references_lead_somewhere() -> None:
    published = document()
    assert len({o.name for o in OPERATIONS}) == len(OPERATIONS)
    for reference in re.findall(r'"\$ref": "#/(.*?)"', json.dumps(published)):
        found: Any = published
        for step in reference.split("/"):
            found = found[step]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_its_examples_keep_the_rules(operation: Operation) -> None:
    TypeAdapter(operation.answer).validate_python(example(operation.answer))
    if operation.body:
        operation.body.model_validate(example(operation.body))


def test_a_problem_is_what_it_says(customer: Gateway) -> None:
    for answer in (customer.call("GET", "/extensions/x"), customer.call("POST", "/extensions", {})):
        TypeAdapter(ProblemAnswer).validate_python(answer.body)
