"""The metrics of an environment, minute by minute, on quiet days and when something breaks.

Each metric is told as its service's document says. The edges tell theirs each minute, also when there is nothing. Some
of AWS's are told only while there is something to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tests.infra.account.alarms import Metric, Samples

EDGES: Final = 3
_DAY: Final = 24 * 60

Told = Callable[[Metric, int], Sequence[float]]


def _always(*samples: float) -> Told:
    return lambda metric, minute: samples


def _nothing(metric: Metric, minute: int) -> Sequence[float]:
    return ()


def _each_edge(value: float) -> Told:
    return _always(*[value] * EDGES)


def _at_times(value: float, every: int, usual: float = 0) -> Told:
    """One sample a minute, which is another one now and then."""
    return lambda metric, minute: (value if minute % every == every - 1 else usual,)


def _refused(metric: Metric, minute: int) -> Sequence[float]:
    """Only reasons that occurred are told: a phone with a wrong password, once in five minutes."""
    return (6,) if metric.dimension("Reason") == "wrong_password" and minute % 5 == 0 else ()


def _healthy(metric: Metric, minute: int) -> Sequence[float]:
    """A rolling update each week doubles the edges for a while."""
    return (2 * EDGES,) if minute % (7 * _DAY) in range(600, 620) else (EDGES,)


def _unhealthy(metric: Metric, minute: int) -> Sequence[float]:
    """An edge dies each week, and is replaced within three minutes."""
    return (1,) if minute % (7 * _DAY) in range(2000, 2003) else (0,)


def _pushes(**counts: float) -> Told:
    """Pushes of both services by outcome. Outcomes that did not occur are not told."""

    def told(metric: Metric, minute: int) -> Sequence[float]:
        count = counts.get(metric.dimension("Outcome"), 0)
        return (count,) if count else ()

    return told


def _usual_pushes(metric: Metric, minute: int) -> Sequence[float]:
    """At night only the customer whose key is bad has calls. A provider is away for three minutes each week."""
    is_night, is_away = minute % _DAY < 300, minute % (7 * _DAY) in range(3001, 3004)
    usual = _pushes(key=20) if is_night else _pushes(accepted=40, device=1, key=20)
    return (_pushes(provider=60) if is_away else usual)(metric, minute)


QUIET: Final[Mapping[str, Told]] = {
    "Registered": _each_edge(40),
    "Refreshed": _each_edge(900),
    "RegistrationsRefused": _at_times(60, every=_DAY, usual=2),
    "RefusedForReason": _refused,
    "AnswerTime": _always(4, 5, 6, 9, 40),
    "DirectoryUnavailable": _at_times(3, every=3 * _DAY),
    "Failures": _each_edge(0),
    "ClockSkew": _each_edge(0.02),
    "MediaRelaysAway": _each_edge(0),
    "MediaCalls": _each_edge(40),
    "CallEventsDropped": _each_edge(0),
    "Pushes": _usual_pushes,
    "PushCustomers": lambda metric, minute: (1, 0, 1) if minute % _DAY < 300 else (12, 9, 14),
    "PushCustomersRefused": _always(1, 0, 1),
    # Told once a minute by the canary; a call fails now and then.
    "CanaryHeard": _at_times(0, every=60, usual=1),
    "ApiThrottled": _at_times(5, every=_DAY),
    # AWS/NetworkELB: while there are targets.
    "HealthyHostCount": _healthy,
    "UnHealthyHostCount": _unhealthy,
    # ECS/ContainerInsights and AWS/ECS: each minute.
    "RunningTaskCount": _always(EDGES),
    "CPUUtilization": _at_times(95, every=_DAY, usual=35),
    # AWS/ApiGateway: one sample for each call.
    "5XXError": lambda metric, minute: (1.0 if minute % _DAY == 7 else 0.0, *[0.0] * 20),
    "Latency": _always(30, 40, 60, 90, 400),
    "Count": _always(*[1.0] * 20),
    # AWS/Lambda: Errors, Throttles and Invocations while the function is called.
    "Errors": _always(0),
    "Invocations": _always(30),
    "Throttles": _always(0),
    "IteratorAge": _always(150, 300),
    # The deliveries function tells each outcome in minutes in which there is one.
    "Delivered": _always(*[1.0] * 20),
    "Undelivered": _at_times(30, every=60, usual=2),
    # AWS/SQS: at least each five minutes.
    "ApproximateNumberOfMessagesVisible": _always(0),
    # AWS/DynamoDB: only while a table is throttled, for a minute when traffic doubles.
    "ThrottledRequests": lambda metric, minute: (150,) if minute % (10 * _DAY) == 900 else (),
}


def scene(**broken: Told) -> Samples:
    """A quiet environment in which some metrics are told otherwise."""
    told = {**QUIET, **{name.removeprefix("_"): value for name, value in broken.items()}}
    return lambda metric, minute: told[metric.name](metric, minute)


def _of_function(name: str, told: Told, otherwise: Told) -> Told:
    return lambda metric, minute: (told if name in metric.dimension("FunctionName") else otherwise)(metric, minute)


ALL_EDGES_DIE: Final = scene(
    # A target that is deregistered is not unhealthy, and a group without targets tells nothing.
    HealthyHostCount=_nothing,
    UnHealthyHostCount=_nothing,
    RunningTaskCount=_always(0),
    CanaryHeard=_always(0),
    **dict.fromkeys(
        (
            *("Registered", "Refreshed", "RegistrationsRefused", "RefusedForReason", "AnswerTime", "Failures"),
            *("DirectoryUnavailable", "MediaRelaysAway", "MediaCalls", "CallEventsDropped", "CPUUtilization"),
            "ClockSkew",
        ),
        _nothing,
    ),
)
NO_CAPACITY: Final = scene(RunningTaskCount=_always(1), HealthyHostCount=_always(1))
ONE_RELAY_DIES: Final = scene(MediaRelaysAway=_always(0, 1, 0))
APPLE_IS_AWAY: Final = scene(
    Pushes=lambda metric, minute: (
        _pushes(provider=60) if metric.dimension("Service") == "apns" else _pushes(accepted=40)
    )(metric, minute)
)
CREDENTIALS_UNREADABLE: Final = scene(Pushes=_pushes(edge=40))
# A clock that is wrong, or a change of a provider's rules.
ALL_PUSH_KEYS_REFUSED: Final = scene(
    Pushes=_pushes(key=60), PushCustomers=_always(12, 9, 14), PushCustomersRefused=_always(12, 9, 14)
)
ONE_PUSH_KEY_REFUSED: Final = scene(
    Pushes=_pushes(key=500), PushCustomers=_always(1, 1, 1), PushCustomersRefused=_always(1, 1, 1)
)
CANARY_RED: Final = scene(CanaryHeard=_always(0))
# Its function is throttled, its rule is gone, or it has no credentials.
CANARY_SILENT: Final = scene(CanaryHeard=_nothing)
MEDIA_FULL: Final = scene(MediaCalls=_always(60, 240, 60))
# In five minutes it is tried once, and then not for a month.
ROTATION_FAILS_ONCE: Final = scene(
    Errors=_of_function("Rotation", lambda metric, minute: (1,) if minute == 1 else (), QUIET["Errors"])
)
ONE_FAILURE: Final = scene(Failures=lambda metric, minute: (0, 1 if minute == 1 else 0, 0))
ONE_CLOCK_IS_WRONG: Final = scene(ClockSkew=_always(31, 0, 31))
STREAM_STANDS_STILL: Final = scene(
    Errors=_of_function("Events", _always(4), QUIET["Errors"]),
    IteratorAge=lambda metric, minute: (60_000.0 * minute,),
)
EVENTS_LOST: Final = scene(ApproximateNumberOfMessagesVisible=_always(1))
WEBHOOKS_ALL_FAIL: Final = scene(Delivered=_nothing, Undelivered=_always(*[1.0] * 30))
DELIVERIES_CRASH: Final = scene(
    Delivered=_nothing, Undelivered=_nothing, Errors=_of_function("Deliveries", _always(30), QUIET["Errors"])
)
API_THROTTLED: Final = scene(ApiThrottled=_always(50))
LAMBDA_THROTTLED: Final = scene(Throttles=_always(3))
# The tasks of the zone stay registered: nothing in it tells ECS that they are gone.
ZONE_GONE: Final = scene(HealthyHostCount=_always(2), UnHealthyHostCount=_always(1))
TABLE_THROTTLED: Final = scene(ThrottledRequests=_always(100))
