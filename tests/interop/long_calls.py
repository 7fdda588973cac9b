"""Calls that last longer than a registration, all at the same time."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Lock

from tests.interop.rows import CANNOT_REFRESH_ON_COMMAND, LONG_CALLS, Row
from tests.interop.switchboard import EXPIRES, Desk, Switchboard

MARGIN = timedelta(seconds=1.5)
"""After an expiry, until the registration is looked at: REST shows whole seconds."""


class LongCalls:
    """The calls. Making this takes as long as they last; then `check` tells how each went."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._ends: dict[Row, Future[None]] = {}
        self._reading = Lock()
        with ThreadPoolExecutor(len(LONG_CALLS)) as threads:
            for caller, callee in LONG_CALLS:
                end = threads.submit(self._call, caller, callee)
                self._ends.update({row: end for row in (caller, callee) if row is not None})

    def check(self, row: Row) -> None:
        """Raises what went wrong with the row's call, if anything did."""
        self._ends[row].result()

    def _call(self, caller_row: Row, callee_row: Row | None) -> None:
        board = self._switchboard
        caller = board.agent(caller_row)
        callee = board.peer(caller_row) if callee_row is None else board.agent(callee_row)
        for desk in (caller, callee):
            self._renew(desk)
        call = caller.phone.call(callee.phone.uri)
        incoming = callee.phone.wait_incoming()
        incoming.answer()
        call.wait_established()
        incoming.wait_established()
        self._wait_for_refresh(caller, callee)
        call.wait_tone(callee.tone)
        incoming.wait_tone(caller.tone)
        call.hangup()
        assert call.wait_ended()[0] == 200
        assert incoming.wait_ended()[0] == 200

    @staticmethod
    def _renew(desk: Desk) -> None:
        """Let the registration last for as long as it can, so that the call does too.

        Agents without a command to refresh do so by themselves. Debian's baresip could make its account anew, but right
        after that it sometimes can't call.
        """
        if not desk.phone.registered:
            desk.phone.register(EXPIRES)
        elif desk.phone.kind not in CANNOT_REFRESH_ON_COMMAND:
            desk.phone.refresh()

    def _wait_for_refresh(self, *desks: Desk) -> None:
        """Sleep until the registrations of now are over, and see that the phones have others by then."""
        former = {desk.phone.name: self._expiry(desk) for desk in desks}
        over = max(former.values()) + MARGIN
        assert over < datetime.now(UTC) + timedelta(seconds=EXPIRES) + 2 * MARGIN
        time.sleep(max(0.0, (over - datetime.now(UTC)).total_seconds()))
        for desk in desks:
            assert self._expiry(desk) > former[desk.phone.name], f"not refreshed: {desk.phone.name}"

    def _expiry(self, desk: Desk) -> datetime:
        """The end of a registration. All calls ask at the same moment, and the emulator's functions start slowly."""
        with self._reading:
            return self._switchboard.expiry(desk)
