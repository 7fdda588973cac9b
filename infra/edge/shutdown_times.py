"""Holds the times of an edge's shutdown, in seconds: three that have to fit each other.

The balancer gives a leaving edge nothing new and leaves it what it has for DEREGISTRATION. An edge that is told to end
finishes the transactions that are under way, for DRAIN at most. It is killed after STOP. An edge that drains for longer
than DEREGISTRATION is there to the end.

Its rtpengine is told to end when the edge has ended. It lets calls go on for LAST_CALLS more, then they are cut.
"""

from __future__ import annotations

from typing import Final

DEREGISTRATION: Final = 90
DRAIN: Final = 105
STOP: Final = 120  # the most that Fargate grants
LAST_CALLS: Final = 110
