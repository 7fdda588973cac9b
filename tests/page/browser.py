"""A person at the operator's page: looks for what can be read on it, types and clicks."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.agents.chromium import Page
from tests.waiting import wait_until

_WAIT_S = 15


class Browser:
    """Chromium with one page; all waits fail with what can be read on it.

    `violations` are what its Content-Security-Policy has kept from happening.
    """

    def __init__(self, folder: Path) -> None:
        self.violations: list[str] = []
        self._page = Page(folder, self.violations.append)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        """A browser with an empty page."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._page.leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def open(self, url: str) -> None:
        """Load the page."""
        self._run(self._page.open(url))
        self.evaluate("document.addEventListener('securitypolicyviolation', (event) => tell(event.violatedDirective))")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression on the page."""
        return self._run(self._page.evaluate(expression))

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the DevTools protocol."""
        answer: dict[str, Any] = self._run(self._page.ask(method, **params))
        return answer

    def text(self) -> str:
        """All that can be read."""
        found: str = self.evaluate("document.body.innerText")
        return found

    def wait(self, expression: str) -> Any:
        """The value of an expression as soon as it is true."""
        return wait_until(lambda: self.evaluate(expression), expression, _WAIT_S, self.text)

    def wait_text(self, words: str) -> None:
        """Until the words can be read."""
        self.wait(f"document.body.innerText.includes({json.dumps(words)})")

    def fill(self, label: str, value: str) -> None:
        """Type a value, in place of what is there, into the input of that label."""
        self.wait(
            f"""(() => {{
                const label = [...document.querySelectorAll("label")].find((l) => l.innerText === {json.dumps(label)});
                label?.control.focus(); label?.control.select(); return Boolean(label);
            }})()"""
        )
        self.ask("Input.insertText", text=value)

    def click(self, name: str) -> None:
        """Click the button or link of that name, in the dialog if there is one."""
        self.wait(
            f"""(() => {{
                const place = document.querySelector("dialog") ?? document;
                const named = (e) => (e.ariaLabel ?? e.innerText) === {json.dumps(name)};
                const found = [...place.querySelectorAll("button, a")].find((e) => named(e) && e.checkVisibility());
                found?.click(); return Boolean(found);
            }})()"""
        )

    def press(self, key: str) -> None:
        """Press a key, such as Tab or Escape."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27}
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key], **text)

    def clipboard(self) -> str:
        """Returns the text that was copied last."""
        self.ask("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        found: str = self.evaluate("navigator.clipboard.readText()")
        return found

    def screenshot(self, path: Path) -> None:
        """Write what can be seen as a PNG."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
