"""Holds the times of an edge's shutdown, in seconds.

ECS deregisters a task first. The balancer gives it nothing new then, and leaves it what it has for DEREGISTRATION. No
phone on UDP is registered for as long, so the edge hands each of them over meanwhile. SIGTERM comes after it. Then the
edge finishes the transactions that are under way, for DRAIN at most. It is killed after STOP.

A task that is stopped by hand gets SIGTERM first. Then the balancer finds it unhealthy within UNHEALTHY, and the edge
moves its phones before DRAIN is over.

Its rtpengine is told to end when the edge has ended. It lets calls go on for LAST_CALLS more, then they are cut.
"""

from __future__ import annotations

from typing import Final

DEREGISTRATION: Final = 960  # at most 3600
HEALTH_INTERVAL: Final = 10
UNHEALTHY_CHECKS: Final = 2
UNHEALTHY: Final = HEALTH_INTERVAL * (UNHEALTHY_CHECKS + 1)
DRAIN: Final = 105
STOP: Final = 120  # the most that Fargate grants
LAST_CALLS: Final = 110
