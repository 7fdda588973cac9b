"""A phone on a page in headless Chromium, over WebSocket: the part that is the same for each SIP stack.

Its sound is real WebRTC (Opus over DTLS-SRTP), so it can only be heard by another one of its kind.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from .browser_page import made_page
from .chromium import ANSWER_SECONDS, Page, PageError, serve
from .command_loop import CommandLoop
from .control import Command, Control
from .settings import PhoneSettings

LEAVE_SECONDS = 0.5


class BrowserAgent:
    """One account on one page."""

    def __init__(self, control: Control, settings: PhoneSettings, folder: Path, stack: str) -> None:
        if settings.transport != "ws":
            raise ValueError(f"a browser speaks SIP over ws only, not {settings.transport}")
        self._control = control
        self._settings = settings
        self._stack = stack
        self._page = Page(folder, self._on_tell)
        self._commands = CommandLoop(control, self._do, (PageError, TimeoutError))

    async def run(self) -> None:
        """Serve commands until the test closes the line; then hang up, unregister and return."""
        try:
            await self._page.open(f"http://127.0.0.1:{serve(made_page())}/index.html")
            await self._page.evaluate(f"globalThis.phone = new phones.{self._stack}()")
            await self._page.evaluate(f"phone.start({self._settings.to_json()})")
            self._commands.start()
            await self._commands.wait_closed()
            with suppress(PageError, TimeoutError):
                await self._page.evaluate("phone.leave()", LEAVE_SECONDS)
                await asyncio.sleep(LEAVE_SECONDS)  # The stack does not tell when it is done.
        finally:
            self._page.close()

    async def _do(self, command: Command) -> dict[str, object]:
        request = json.dumps({"do": command.do, **command.args})
        seconds = ANSWER_SECONDS + command.args.get("seconds", 0)
        result: dict[str, object] = await self._page.evaluate(f"phone.obey({request})", seconds)
        return result

    def _on_tell(self, payload: str) -> None:
        told = json.loads(payload)
        self._control.event(told["kind"], **told["facts"])


async def serve_commands(stack: str) -> None:
    """Read the settings, then serve commands with a stack of the page until the line is closed."""
    control = Control()
    settings = PhoneSettings.from_json(control.first_line())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        await BrowserAgent(control, settings, Path(folder), stack).run()
    sys.stderr.flush()
    os._exit(0)
