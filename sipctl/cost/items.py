"""The items of a month's bill, each with the formula of its quantity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final, NamedTuple

from sipctl.cost import prices

_HOURS: Final = 730
_MILLION: Final = 1e6
_KB_IN_GB: Final = 1e6

# One process on one vCPU, with room for its phones (`registrations_per_edge` of environments.toml).
_PHONES_PER_EDGE: Final = 10_000
# A relay has ports for 250 calls (docs/sound.md); four fifths of them are used before an alarm rings.
_CALLS_PER_EDGE: Final = 200
_LEAST_EDGES: Final = 2
_MEMORY_GB: Final = 2

_KEEPALIVE_S: Final = 25
_KEEPALIVE_KB: Final = 0.032
# G.711 to both ends: 50 packets of 200 bytes a second each.
_SOUND_KB_PER_MINUTE: Final = 2 * 50 * 0.2 * 60
_PUSH_KB: Final = 4
# The shards of the schedule of refresh pushes, each read once a minute.
_SHARDS: Final = 16
_LOG_KB: Final = 0.3
# One step each for its beginning, its answer and its end.
_STEPS_OF_A_CALL: Final = 3
_FREE_TRAFFIC_GB: Final = 100
# The metrics of edges and functions; container insights has about 25 of a service.
_METRICS: Final = 57 + 25
# The outcomes of pushes: accepted, and six faults, of two services.
_PUSH_METRICS: Final = 2 * 7
_ALARMS: Final = 60
# The webhook secret, the edges' keys, the canary's password.
_SECRETS: Final = 3
# Four streams are polled in windows of two seconds.
_STREAM_CALLS: Final = 4 * 1800 * _HOURS
_CANARY_GB: Final = 0.256
_CANARY_S: Final = 4


@dataclass(frozen=True, slots=True)
class Load:
    """The phones of an environment and their use. `relayed` is the share of the calls that a relay carries, 0 to 1.

    Phones refresh every `refresh_s` seconds. Of them `pushed_phones` can't wake themselves, and are pushed for that.
    `edges` counts the running edges, None as many as phones and calls need.
    """

    phones: int
    refresh_s: int
    calls_per_hour: int
    call_minutes: float
    relayed: float
    pushes_per_hour: int
    pushed_phones: int
    api_calls: int
    zones: int
    edges: int | None = None

    @property
    def refresh_pushes(self) -> float:
        """The refresh pushes of a month."""
        return self.pushed_phones * 3600 / self.refresh_s * _HOURS

    @property
    def running_edges(self) -> int:
        """The number of edges that serve this load."""
        if self.edges is not None:
            return self.edges
        relayed_at_a_time = self.calls_per_hour * self.relayed * self.call_minutes / 60
        return max(_LEAST_EDGES, ceil(self.phones / _PHONES_PER_EDGE), ceil(relayed_at_a_time / _CALLS_PER_EDGE))


class Item(NamedTuple):
    """A line of the bill: its quantity in the price's unit, and the formula of the quantity."""

    name: str
    formula: str
    quantity: float
    price: prices.Price

    @property
    def usd(self) -> float:
        """The cost in dollars a month."""
        return self.quantity * self.price.usd


def items(load: Load) -> list[Item]:
    """Returns the items of a month of 730 hours."""
    return [*_signalling(load), *_traffic(load), *_edges(load), *_account(load)]


def _signalling(load: Load) -> Iterator[Item]:
    calls = load.calls_per_hour * _HOURS
    pushes = load.pushes_per_hour * _HOURS
    refreshes = load.phones * 3600 / load.refresh_s * _HOURS
    yield Item("registrations", "phones · 3600 / refresh · 730", refreshes / _MILLION, prices.WRITE_UNITS)
    yield Item("calls looked up", "calls · 2 · 730", calls * 2 / _MILLION, prices.READ_UNITS)
    steps = calls * _STEPS_OF_A_CALL / _MILLION
    yield Item("steps of calls stored", "calls · 3 · 730", steps, prices.WRITE_UNITS)
    yield Item("events of calls", "calls · 3 · 730", steps, prices.BUS_EVENTS)
    plans, reads = load.refresh_pushes, _SHARDS * 60 * _HOURS + 2 * load.refresh_pushes
    yield Item("phones woken by push", "pushes · 730", pushes / _MILLION, prices.WRITE_UNITS)
    yield Item("records of wake-ups", "pushes · 730 + planned", (pushes + plans) / _MILLION, prices.WRITE_UNITS)
    yield Item("refreshes planned", "pushed · 3600 / refresh · 730", plans / _MILLION, prices.WRITE_UNITS)
    yield Item("refreshes read", "16 · 60 · 730 + 2 · planned", reads / _MILLION, prices.READ_UNITS)


def _traffic(load: Load) -> Iterator[Item]:
    keepalives = load.phones * 3600 / _KEEPALIVE_S * _HOURS * _KEEPALIVE_KB / _KB_IN_GB
    minutes = load.calls_per_hour * _HOURS * load.relayed * load.call_minutes
    sound = minutes * _SOUND_KB_PER_MINUTE / _KB_IN_GB
    pushes = (load.pushes_per_hour * _HOURS + load.refresh_pushes) * _PUSH_KB / _KB_IN_GB
    yield Item("keepalives on UDP", "phones · 144 · 730 · 32 B", keepalives, prices.TRAFFIC_OUT)
    yield Item("relayed sound", "calls · 730 · relayed · minutes · 1.2 MB", sound, prices.TRAFFIC_OUT)
    yield Item("pushes", "(pushes · 730 + planned) · 4 KB", pushes, prices.TRAFFIC_OUT)
    free = min(_FREE_TRAFFIC_GB, keepalives + sound + pushes)
    yield Item("free traffic of the account", "the first 100 GB", -free, prices.TRAFFIC_OUT)


def _edges(load: Load) -> Iterator[Item]:
    hours = load.running_edges * _HOURS
    yield Item("edges: vCPU", "edges · 730", hours, prices.VCPU)
    yield Item("edges: memory", "edges · 2 GB · 730", hours * _MEMORY_GB, prices.MEMORY)
    addresses = (load.running_edges + load.zones) * _HOURS
    yield Item("public addresses", "(edges + zones) · 730", addresses, prices.PUBLIC_ADDRESS)
    yield Item("load balancer", "730", _HOURS, prices.BALANCER)
    yield Item("load balancer units", "730", _HOURS, prices.BALANCER_UNIT)


def _account(load: Load) -> Iterator[Item]:
    api_calls = load.api_calls / _MILLION
    yield Item("REST API", "API calls", api_calls, prices.API_CALLS)
    yield Item("firewall", "1", 1, prices.FIREWALL)
    yield Item("firewall, calls", "API calls", api_calls, prices.FIREWALL_CALLS)
    yield Item("stream readers", "4 · 1800 · 730 at most", _STREAM_CALLS / _MILLION, prices.FUNCTION_CALLS)
    seconds = 60 * _HOURS * _CANARY_S * _CANARY_GB
    yield Item("canary", "60 · 730 · 4 s · 256 MB", seconds, prices.FUNCTION_TIME)
    metrics = _METRICS + (_PUSH_METRICS if load.pushes_per_hour or load.refresh_pushes else 0)
    yield Item("metrics", "82, with pushes 96", metrics, prices.METRICS)
    yield Item("alarms", "60", _ALARMS, prices.ALARMS)
    yield Item("dashboard", "1", 1, prices.DASHBOARD)
    logs = load.calls_per_hour * _HOURS * _LOG_KB / _KB_IN_GB
    yield Item("logs", "calls · 730 · 0.3 KB", logs, prices.LOGS)
    yield Item("secrets", "3", _SECRETS, prices.SECRETS)
    yield Item("secrets read", "edges · 60 · 730", load.running_edges * 60 * _HOURS / 10_000, prices.SECRET_READS)
    yield Item("key of push apps", "1", 1, prices.KEYS)
