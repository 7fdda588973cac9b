"""The switches of the edges and functions, as the API takes and gives them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from directory.schema.model import LogLevel, Switches
from directory.schema.timestamps import timestamp
from lambdas.model import Model

_A_DAY_S = 24 * 3600


class SwitchesChange(Model):
    """The body that changes the log level of all edges and functions for so many seconds; 0 ends it."""

    log_level: LogLevel
    for_seconds: Annotated[int, Field(ge=0, le=_A_DAY_S)]


class SwitchesAnswer(TypedDict):
    """The log level that all have been told, "" for that of their own settings, and the time until which."""

    log_level: LogLevel | Literal[""]
    tm_until: str


def switches_answer(switches: Switches, now: float) -> SwitchesAnswer:
    """The answer that shows how they are switched at `now`."""
    if switches.log_level_until <= now:
        return {"log_level": "", "tm_until": ""}
    return {"log_level": switches.log_level, "tm_until": timestamp(switches.log_level_until)}
