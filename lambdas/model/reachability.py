"""Tells whether a registered device can be reached, from its binding alone and the edges that are up.

No edge writes for it: a binding goes when its connection ends, or says since when its device is asleep.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from directory.schema.model import Binding

Reachability = Literal["reachable", "asleep", "unreachable"]


def reachability(binding: Binding, is_up: Callable[[str], bool]) -> Reachability:
    """Returns the reachability of a binding's device. `is_up` tells whether the edge of a name is up.

    A device that is asleep is woken by a push (RFC 8599). A connection dies with its edge. Over UDP, all edges reach
    the device.
    """
    if binding.asleep_since:
        return "asleep"
    if binding.transport == "UDP" or is_up(binding.edge):
        return "reachable"
    return "asleep" if binding.is_pushed else "unreachable"
