"""Ctrl-C and SIGTERM. Python drops a KeyboardInterrupt that comes within a finalizer, so that it is noted as well."""

from __future__ import annotations

import signal
from types import FrameType


class Interruption:
    """Raises KeyboardInterrupt for SIGINT and SIGTERM, from `begin` on."""

    def __init__(self) -> None:
        self._has_come = False

    def begin(self) -> None:
        """Handle the signals."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.on_signal)

    def check(self) -> None:
        """Raise KeyboardInterrupt when one has come before."""
        if self._has_come:
            raise KeyboardInterrupt

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """See signal.signal."""
        self._has_come = True
        raise KeyboardInterrupt
