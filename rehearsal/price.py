"""The price of a rehearsal, from the prices and formulas of `sipctl cost`."""

from __future__ import annotations

from math import ceil
from typing import Final

from rehearsal.population import CALLS_PER_S, EXPIRES_S
from sipctl.cost.items import Load, items
from sipctl.environment import Environment

_HOURS_OF_A_MONTH: Final = 730
# The last step may take an hour, and so may the way back.
_AFTERWARDS_H: Final = 2
# An extension is made, listed, read and deleted.
_API_CALLS_PER_PHONE: Final = 4


def most_usd(environment: Environment, phones: int, hours: float) -> int:
    """Returns the highest price in dollars without tax, rounded up.

    All the time as many edges run as the environment allows. No free tier is counted. No step begins after the hours.
    """
    lasts_h = hours + _AFTERWARDS_H
    load = Load(
        phones=phones,
        refresh_s=EXPIRES_S // 2,
        calls_per_hour=CALLS_PER_S * 3600,
        call_minutes=0,
        relayed=0,
        pushes_per_hour=0,
        pushed_phones=0,
        api_calls=ceil(_API_CALLS_PER_PHONE * phones * _HOURS_OF_A_MONTH / lasts_h),
        zones=environment.availability_zones,
        edges=environment.edges_most,
    )
    month = sum(max(0.0, item.usd) for item in items(load))
    return ceil(month * lasts_h / _HOURS_OF_A_MONTH)
