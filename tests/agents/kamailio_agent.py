"""The phone behind a PBX: Kamailio registers for it (its uac module) and passes its calls. Started by `Phone`.

The phone itself is the pjsua2 one. It knows no password and never talks to the edge. Kamailio answers the challenges
and adds itself to the route of each call. It forwards requests of the edge to the phone.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from .control import Control
from .kamailio import Kamailio, free_udp_and_tcp_port
from .kamailio_config import Place, write_config
from .pjsua2_agent import OK, PjsuaAgent
from .settings import PhoneSettings

OUTCOME_SECONDS = 35.0
POLL_SECONDS = 0.05

IN_PROGRESS, SUCCEEDED, WITH_CREDENTIALS = 2, 4, 8
"""Flags of a registration, from the uac module's manual."""

REFUSED = re.compile(r"got sip response (\d+) while registering")


class KamailioAgent(PjsuaAgent):
    """One pjsua2 phone and its PBX."""

    def __init__(self, control: Control, settings: PhoneSettings, folder: Path) -> None:
        port = free_udp_and_tcp_port()
        # The phone's own account: no credentials, and everything goes to the PBX.
        super().__init__(control, replace(settings, password=None, proxy_port=port, transport="udp"))
        self._outer = settings
        self._refusals: list[int] = []
        self._added = False
        place = Place(folder, port, self.local_port())
        self._kamailio = Kamailio(folder, write_config(settings, place), self._on_log_line)
        self._rpc = self._kamailio.rpc

    def close(self) -> None:
        """Take the registration back as far as that works at once, and end Kamailio."""
        if self._added:
            with suppress(OSError, ValueError):
                self._rpc.ask("uac.reg_unregister", "l_uuid", self._outer.username)
                deadline = time.monotonic() + 1
                while self._flags() & SUCCEEDED and time.monotonic() < deadline:
                    time.sleep(POLL_SECONDS)
        self._kamailio.end()

    def _on_log_line(self, line: str) -> None:
        found = REFUSED.search(line)
        if found:
            self._refusals.append(int(found[1]))

    def _register(self, expires: int) -> None:
        """Give Kamailio the registration. The outcome is reported when its timer has sent it and it was answered."""
        outer = self._outer
        if self._added:
            self._rpc.ask("uac.reg_remove", outer.username)
        proxy = f"sip:{outer.proxy_host}:{outer.proxy_port};transport={outer.transport}"
        self._refusals.clear()
        names = (outer.username, outer.username, outer.domain, outer.username, outer.domain)
        credentials = ("", outer.username, outer.password or "", "")
        self._rpc.ask("uac.reg_add", *names, *credentials, proxy, expires, 0, 0, "", "")
        self._added = True
        self._report_once(lambda flags, _: bool(flags & SUCCEEDED), True)

    def _send_register(self, renew: bool) -> None:
        """Have Kamailio REGISTER at its timer's next turn."""
        if not renew:
            raise ValueError("Kamailio takes a registration back by its name")
        self._refusals.clear()
        self._rpc.ask("uac.reg_enable", "l_uuid", self._outer.username)
        self._report_once(lambda flags, left: bool(flags & SUCCEEDED) and left > 10, True)

    def _send_unregister(self) -> None:
        if not self._added:
            self._control.event("registration", registered=False, status=OK, reason="was not registered")
            return
        self._rpc.ask("uac.reg_unregister", "l_uuid", self._outer.username)
        self._report_once(lambda flags, _: not flags & SUCCEEDED, False)

    def _flags(self) -> int:
        return int(self._rpc.ask("uac.reg_info", "l_uuid", self._outer.username)["flags"])

    def _report_once(self, is_done: Callable[[int, int], bool], registered: bool) -> None:
        """Tell the test when `is_done(flags, seconds left)` of the registration, or the status of a refusal."""
        deadline = time.monotonic() + OUTCOME_SECONDS

        def look() -> None:
            info = self._rpc.ask("uac.reg_info", "l_uuid", self._outer.username)
            flags, left = int(info["flags"]), int(info["diff_expires"])
            if self._refusals:
                self._control.event("registration", registered=False, status=self._refusals[-1], reason="refused")
            elif is_done(flags, left) and not flags & (IN_PROGRESS | WITH_CREDENTIALS):
                self._control.event("registration", registered=registered, status=OK, reason="OK")
            elif time.monotonic() < deadline:
                self._due.append((time.monotonic() + POLL_SECONDS, look))

        look()


def main() -> None:
    """Read the settings, then serve commands until the line is closed."""
    control = Control()
    settings = PhoneSettings.from_json(control.first_line())
    with tempfile.TemporaryDirectory() as folder:
        agent = KamailioAgent(control, settings, Path(folder))
        try:
            agent.run()
        finally:
            agent.close()
    sys.stderr.flush()
    # The binding's destructors must not run after the stack is gone.
    os._exit(0)


if __name__ == "__main__":
    main()
