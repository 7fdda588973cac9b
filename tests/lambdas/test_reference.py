"""The REST reference and the OpenAPI document are about the same API."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from directory.schema import wake_up_advice
from directory.schema.reasons import EXPLANATIONS
from infra.problems import PROBLEMS
from tests.lambdas import reference
from tests.markdown import Row, tables

PAGE = (Path(__file__).parents[2] / "docs" / "rest.md").read_text()
OBJECT = re.compile(r"field of `(\w+)`(?: beside `(\w+)`)?")


def rows(*header: str) -> list[Row]:
    """Returns the rows of the page's tables that begin with these columns."""
    return [row for found, listed in tables(PAGE) if found[: len(header)] == header for row in listed]


def calls() -> Iterator[Row]:
    """Yields caller, call, parameters, body, answer and refusals of each row of the tables of calls."""
    for header, listed in tables(PAGE):
        if header[0].startswith("call of "):
            yield from ((header[0].removeprefix("call of "), row[0], *row[2:]) for row in listed)


def fields() -> dict[str, set[Row]]:
    """Returns name and type of each field of each object, those of the object that it extends included."""
    found: dict[str, set[Row]] = defaultdict(set)
    for header, listed in tables(PAGE):
        if named := OBJECT.fullmatch(header[0]):
            name, extended = named.groups()
            found[name] = {row[:2] for row in listed} | found.get(extended, set())
    return found


def test_it_has_each_call_once() -> None:
    listed = list(calls())
    assert set(listed) == reference.calls()
    assert len(listed) == len(set(listed))


def test_it_has_each_field_of_each_object() -> None:
    assert fields() == reference.fields()


@pytest.mark.parametrize("example", re.findall(r"^ {4}(\{.*?\})$", PAGE, re.MULTILINE | re.DOTALL))
def test_an_example_has_the_fields_of_an_object(example: str) -> None:
    names = {f"`{name}`" for name in json.loads(example)}
    assert names in [{name for name, _ in rows} for rows in reference.fields().values()]


def test_it_has_each_parameter_and_header() -> None:
    assert {row[:3] for row in rows("parameter")} == reference.parameters()
    assert {row[0] for row in rows("header of an answer")} == reference.headers()


def test_it_has_each_status_and_code() -> None:
    listed = rows("status", "code")
    assert {row[0] for row in listed} == reference.statuses()
    assert {row[1] for row in listed} == reference.codes()
    assert {(str(problem.status), f"`{problem.code}`") for _, problem in PROBLEMS} <= {row[:2] for row in listed}


def test_it_has_the_refusals_of_every_call() -> None:
    (sentence,) = re.findall(r"Every call may also be refused with ([^.]+)\.", PAGE)
    assert set(re.findall(r"\d+", sentence)) == reference.refusals_of_every_call()


def test_it_has_each_reason() -> None:
    assert rows("reason") == [(f"`{reason}`", e.outcome, e.advice) for reason, e in EXPLANATIONS.items()]


@pytest.mark.parametrize(
    ("header", "advice"),
    [
        ("reason of a push", wake_up_advice.REASONS | dict[str, str](wake_up_advice.RESULTS.items())),
        ("end after an accepted push", wake_up_advice.ENDS),
        ("end without a push", wake_up_advice.ENDS_WITHOUT_PUSH),
    ],
)
def test_it_has_the_advice_for_each_wake_up(header: str, advice: dict[str, str]) -> None:
    assert rows(header) == [
        (f"`{name}`" if name not in wake_up_advice.RESULTS else f"another one, {name}", text)
        for name, text in advice.items()
    ]


def test_it_has_the_bounds_and_the_presence_of_a_field() -> None:
    least = {"type": "integer", "minimum": 0, "maximum": 900}
    assert reference.described(least, is_required=True) == "integer, 0 to 900"
    assert reference.described({"type": "string", "maxLength": 9}, is_required=False) == "string, up to 9, optional"
    assert (
        reference.described({"type": "boolean", "default": False}, is_required=False) == "boolean, `false` by default"
    )
