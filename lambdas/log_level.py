"""The log level of the functions, which operators switch while they run (`PUT /edges`).

A function asks for it before a call, at most every few seconds. That costs half a read unit, over a connection that the
call needs anyway. An idle function asks for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from directory.switches import SwitchBoard
from lambdas import environment

P = ParamSpec("P")
AnswerT = TypeVar("AnswerT")

_PERIOD_S: Final = 5


class LogLevel:
    """The level of a logger: its own, or the one that is switched for now."""

    def __init__(self, logger: Logger, switch_board: SwitchBoard) -> None:
        self._logger = logger
        self._switch_board = switch_board
        self._own: str | int = logger.log_level
        self._holds: str | int = self._own
        self._switched: str | int = self._own
        self._until = 0
        self._looks_at = 0.0

    def follow(self) -> None:
        """Log as it is switched. While that can't be read, it stays as it is."""
        if time.monotonic() >= self._looks_at:
            self._looks_at = time.monotonic() + _PERIOD_S
            self._look()
        wanted = self._switched if time.time() < self._until else self._own
        if wanted != self._holds:
            self._logger.setLevel(wanted)
            self._holds = wanted

    def _look(self) -> None:
        with suppress(BotoCoreError, ClientError):
            switches = self._switch_board.read()
            self._switched, self._until = switches.log_level, switches.log_level_until


_level = LogLevel(Logger(), environment.switch_board())


def with_switched_log_level(handler: Callable[P, AnswerT]) -> Callable[P, AnswerT]:
    """A handler that logs at the level that is switched."""

    @wraps(handler)
    def following(*arguments: P.args, **named: P.kwargs) -> AnswerT:
        _level.follow()
        return handler(*arguments, **named)

    return following
