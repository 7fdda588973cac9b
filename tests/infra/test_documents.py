"""The commands of AWS's command line that documents give: there are such calls, with such parameters."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.model import OperationModel, StructureShape
from botocore.session import Session

ROOT = Path(__file__).parents[2]
# What the command line adds to every call.
EVERYWHERE = {"query", "output"}


def _commands() -> Iterator[str]:
    for document in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        text = document.read_text().replace("\\\n", " ")
        for block, span in re.findall(r"^ {4,}(aws .*)$|`(aws [^`]*)`", text, re.MULTILINE):
            yield block or span


def _operation(service: str, name: str) -> OperationModel:
    model = Session().get_service_model(service)
    (operation,) = [o for o in model.operation_names if xform_name(o, "-") == name]
    return model.operation_model(operation)


@pytest.mark.parametrize("command", sorted(set(_commands())))
def test_a_command_is_understood(command: str) -> None:
    _, service, name, *words = shlex.split(command)
    shape = _operation(service, name).input_shape
    assert isinstance(shape, StructureShape)
    known = {xform_name(member, "-"): member for member in shape.members}
    given = {word.removeprefix("--") for word in words if word.startswith("--")}
    named = {option if option in known else option.removeprefix("no-") for option in given - EVERYWHERE}
    assert named <= known.keys()
    assert {xform_name(member, "-") for member in shape.required_members} <= named
