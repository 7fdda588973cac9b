"""Makes lines of CloudWatch's embedded metric format from the journal's counts.

Metric names and dimensions are those of this file alone. Each costs money, and alarms name them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from directory.edge.distribution import Distribution, Figures
from directory.schema.reasons import Reason
from sip_edge.journal import Journal
from sip_edge.push.outcome import Fault
from sip_edge.push.parameters import SERVICES

PERIOD_S: Final = 60

# A metric, and the events of the journal that it sums up.
COUNTS: Final[Mapping[str, tuple[str, ...]]] = {
    "Registered": ("registered",),
    "Refreshed": ("register_refreshed",),
    "Unregistered": ("unregistered",),
    "RegistrationsRefused": ("register_refused",),
    "Challenged": ("register_challenged",),
    "StaleNonces": ("register_stale_nonce",),
    "DirectoryUnavailable": ("directory_unavailable",),
    "Dropped": ("dropped_malformed", "dropped_stray_response", "fleet_refused", "fleet_not_sent"),
    "Rejected": tuple(f"rejected_{status}" for status in range(400, 700)),
    "Shed": (
        *("shed_address", "shed_source", "shed_scanner", "shed_foreign", "shed_calls", "shed_transactions"),
        *("shed_connections", "shed_connections_of_a_source", "shed_flooding_connections"),
        *("shed_held_bytes", "shed_held_bytes_of_a_source", "shed_amplification"),
    ),
    "SilentEdges": ("fleet_edge_silent",),
    "MediaRelaysLost": ("media_relay_lost",),
    "MediaPackets": ("media_packets",),
    "MediaPacketsLost": ("media_packets_lost",),
    "MediaStopped": ("media_stopped",),
    "CallEventsDropped": ("call_events_dropped",),
    "Failures": ("internal_error", "keys_unreadable", "certificate_unusable"),
}
REFUSALS: Final = "RefusedForReason"
PUSHES: Final = "Pushes"
PUSH_OUTCOMES: Final = ("accepted", *(fault.value for fault in Fault))
CALLS: Final = "Calls"
# How a call ended, by the status of its final response.
OUTCOMES: Final[Mapping[str, tuple[int, ...]]] = {
    "answered": tuple(range(200, 300)),
    "unanswered": (408,),
    "cancelled": (487,),
    "busy": (486, 600),
    "unreachable": (480,),
    "unknown": (404, 604),
    "refused": (401, 403, 407, 603),
    "failed": tuple(range(500, 600)),
}


class Metrics:
    """Makes lines of the events since the last ones.

    `gauges` give present values, `totals` counts since the start. `times` are taken out of their distributions.
    """

    def __init__(
        self,
        namespace: str,
        journal: Journal,
        gauges: Mapping[str, Callable[[], float]],
        totals: Mapping[str, Callable[[], int]],
        times: Mapping[str, Distribution],
    ) -> None:
        self._namespace = namespace
        self._journal = journal
        self._gauges = gauges
        self._totals = totals
        self._times = times
        self._told: Counter[str] = Counter()

    def lines(self, now: float) -> Iterator[str]:
        """One line for all metrics without a dimension, and one for each reason or outcome that came."""
        counts = Counter(self._journal.counts)
        counts.update({name: total() for name, total in self._totals.items()})
        new = counts - self._told
        self._told = counts
        values: dict[str, Any] = {name: sum(new[event] for event in events) for name, events in COUNTS.items()}
        values |= {name: new[name] for name in self._totals}
        values |= {name: gauge() for name, gauge in self._gauges.items()}
        units = dict.fromkeys(values, "Count")
        for name, distribution in self._times.items():
            if figures := distribution.take():
                values[name] = _milliseconds(figures)
                units[name] = "Milliseconds"
        yield self._line(now, values, units, {})
        for reason in Reason:
            if came := new[f"register_refused_{reason}"]:
                yield self._line(now, {REFUSALS: came}, {REFUSALS: "Count"}, {"Reason": str(reason)})
        for outcome, statuses in OUTCOMES.items():
            if came := sum(new[f"call_{status}"] for status in statuses):
                yield self._line(now, {CALLS: came}, {CALLS: "Count"}, {"Outcome": outcome})

        for service in SERVICES:
            for outcome in PUSH_OUTCOMES:
                if came := new[f"push_{service}_{outcome}"]:
                    yield self._line(now, {PUSHES: came}, {PUSHES: "Count"}, {"Service": service, "Outcome": outcome})

    def _line(
        self, now: float, values: Mapping[str, Any], units: Mapping[str, str], dimensions: Mapping[str, str]
    ) -> str:
        directive = {
            "Namespace": self._namespace,
            "Dimensions": [list(dimensions)],
            "Metrics": [{"Name": name, "Unit": units[name]} for name in values],
        }
        return json.dumps(
            {"_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [directive]}, **dimensions, **values}
        )


def _milliseconds(figures: Figures) -> dict[str, Any]:
    return {
        "Values": [round(value * 1000, 3) for value in figures.values],
        "Counts": figures.counts,
        "Min": figures.least * 1000,
        "Max": figures.most * 1000,
        "Count": sum(figures.counts),
        "Sum": figures.total * 1000,
    }
