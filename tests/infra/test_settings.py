"""The page of settings and the code know the same settings, with the same defaults."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from directory.schema.tables import EDGE as TABLES
from infra.configuration import Configuration
from local.settings import Settings as LocalSettings
from sip_edge.settings import Settings as EdgeSettings
from tests.markdown import tables

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()


def listed(heading: str) -> dict[str, str]:
    """Returns the settings below a heading, each with its default. A row may have several, with commas between them."""
    section = re.split(r"^## ", PAGE.partition(f"## {heading}\n")[2], flags=re.MULTILINE)[0]
    found: dict[str, str] = {}
    for _, rows in tables(section):
        for names, defaults, _ in rows:
            settings = re.findall(r"`(\w+)`", names)
            values = defaults.split(", ")
            if len(values) != len(settings):
                values = [defaults] * len(settings)
            found |= dict(zip(settings, values, strict=True))
    return found


def shown(default: object) -> str | None:
    """Returns a default as the page shows it, None when the page says it in words."""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, int):
        return str(default)
    if isinstance(default, str | Path) and str(default):
        return f"`{default}`"
    return "required" if default is PydanticUndefined else None


@pytest.mark.parametrize(
    ("heading", "model"), [("The edge", EdgeSettings), ("A deployment", Configuration), ("make run", LocalSettings)]
)
def test_the_page_has_each_setting_with_its_default(heading: str, model: type[BaseModel]) -> None:
    page = listed(heading)
    for name, field in model.model_fields.items():
        variable = name if model is Configuration else name.upper()
        if name not in ("environment", "platform"):  # they are no values of a table of environments.toml
            assert variable in page
            assert shown(field.default) in (None, page[variable]) or variable in ("REALM", "realm", "WS_PORT")


def test_the_page_has_no_other_setting() -> None:
    edge = {name.upper() for name in EdgeSettings.model_fields} | {table.variable for table in TABLES} | {"AWS_REGION"}
    assert listed("The edge").keys() <= edge
    assert listed("A deployment").keys() <= Configuration.model_fields.keys()
    assert listed("make run").keys() == {name.upper() for name in LocalSettings.model_fields}
