"""Objects of an operation are freed as soon as its transactions are over, without the garbage collector."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator

import pytest

from bench.core import operations
from bench.core.operations import Group
from bench.core.rig import Rig

_LONGEST_S = 200.0  # a callee may ring for 180


@pytest.fixture
def found() -> Iterator[list[object]]:
    """The objects that only the collector finds from now on."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    yield gc.garbage
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


def test_nothing_that_is_over_holds_on_to_itself(found: list[object]) -> None:
    rig = Rig(1_700_000_000.0)
    group = Group(rig, range(5))
    for operation in operations.ALL:
        for stage in operation(group):
            for data, wire in stage:
                rig.receive(data, wire)
        rig.pass_time(_LONGEST_S)
    gc.collect()
    ours = [type(each) for each in found if type(each).__module__.startswith("sip_edge")]
    assert not Counter(kind.__qualname__ for kind in ours)
