"""`/edges`: what the operator switches at all edges, and functions with them, while they run.

The gateway lets in signed requests only.
"""

from __future__ import annotations

import time
from typing import Final

from lambdas import environment
from lambdas.http import request_body, resolver
from lambdas.log_level import with_switched_log_level
from lambdas.model.switches import SwitchesAnswer, SwitchesChange, switches_answer

_app: Final = resolver.resolver()
_switch_board: Final = environment.switch_board()

handler = with_switched_log_level(resolver.handler_of(_app))


@_app.get("/edges")
def get() -> SwitchesAnswer:
    """Returns the switches as they are."""
    return switches_answer(_switch_board.read(), time.time())


@_app.put("/edges")
def update() -> SwitchesAnswer:
    """Let all edges and functions log at another level for some time. They follow within a few seconds."""
    change = request_body.read(_app.current_event, SwitchesChange)
    now = time.time()
    return switches_answer(_switch_board.set_log_level(change.log_level, int(now) + change.for_seconds), now)
