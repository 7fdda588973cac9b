"""A headless Chromium with one page, driven over the pipes of its DevTools protocol."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import http.server
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .child import Child, find_program

ANSWER_SECONDS = 30.0
SAFE_FD = 10
"""The protocol's descriptors 3 and 4 of the browser are set up by a shell out of ones from here on."""

LARGEST_MESSAGE = 16 * 1024 * 1024

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.*",
    "--autoplay-policy=no-user-gesture-required",
    # Calls between two ends on loopback: otherwise hidden from the page, or never offered.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--allow-loopback-in-peer-connection",
    "--remote-debugging-pipe",
    "about:blank",
)

Message = dict[str, Any]


class PageError(Exception):
    """An expression on the page threw; its words."""


class Page:
    """One page in a browser of its own. `on_tell` gets the argument of each call of the page's function `tell`.

    The page's console goes to stderr, and so does the browser's output.
    """

    def __init__(self, folder: Path, on_tell: Callable[[str], None]) -> None:
        self._on_tell = on_tell
        self._folder = folder
        self._child: Child | None = None
        self._numbers = 0
        self._session: str | None = None
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._loaded = asyncio.Event()

    async def open(self, url: str) -> None:
        """Start the browser and load what is at the URL. Raises TimeoutError, OSError."""
        program = find_program("chromium", "chromium")
        child_in, self._to_browser = high_pipe()
        from_browser, child_out = high_pipe()
        shell = ["bash", "-c", f'exec "$@" 3<&{child_in} 4>&{child_out}', "bash"]
        self._child = Child(
            [*shell, program, f"--user-data-dir={self._folder / 'profile'}", *OPTIONS],
            self._folder,
            pass_fds=(child_in, child_out),
        )
        os.close(child_in)
        os.close(child_out)
        reader = asyncio.StreamReader(limit=LARGEST_MESSAGE)
        self._pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(from_browser, "rb")
        )
        self._reading = asyncio.create_task(self._read(reader))
        await self._attach()
        await self.ask("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), ANSWER_SECONDS)

    async def evaluate(self, expression: str, seconds: float = ANSWER_SECONDS) -> Any:
        """The value, waited for, of a JavaScript expression. Raises PageError, TimeoutError."""
        answer = await self.ask(
            "Runtime.evaluate", seconds, expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise PageError(str(answer["exceptionDetails"].get("exception", {}).get("description")))
        return answer["result"].get("value")

    def close(self) -> None:
        """End the browser, if it was started."""
        if self._child is not None:
            self._child.end()

    async def leave(self) -> None:
        """End the browser and hear it out, for a process that goes on."""
        self.close()
        await self._reading
        self._pipe.close()
        os.close(self._to_browser)

    async def ask(self, method: str, seconds: float = ANSWER_SECONDS, **params: object) -> Message:
        """Call a method of the protocol and return its result. Raises PageError, TimeoutError."""
        self._numbers += 1
        number = self._numbers
        message: Message = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        os.write(self._to_browser, json.dumps(message).encode() + b"\0")
        found = await asyncio.wait_for(answer, seconds)
        if "error" in found:
            raise PageError(f"{method}: {found['error']}")
        result: Message = found["result"]
        return result

    async def _attach(self) -> None:
        target = await self.ask("Target.createTarget", url="about:blank")
        attached = await self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        await self.ask("Page.enable")
        await self.ask("Runtime.enable")
        await self.ask("Runtime.addBinding", name="tell")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                message = json.loads((await reader.readuntil(b"\0"))[:-1])
            except asyncio.IncompleteReadError:
                return
            if "id" in message:
                waiting = self._waiting.pop(message["id"])
                if not waiting.done():
                    waiting.set_result(message)
            else:
                self._on_event(message["method"], message["params"])

    def _on_event(self, method: str, params: Message) -> None:
        match method:
            case "Runtime.bindingCalled":
                self._on_tell(params["payload"])
            case "Page.loadEventFired":
                self._loaded.set()
            case "Runtime.consoleAPICalled":
                words = " ".join(str(part.get("value", part.get("description", ""))) for part in params["args"])
                print(words, file=sys.stderr, flush=True)
            case "Runtime.exceptionThrown":
                print(json.dumps(params["exceptionDetails"]), file=sys.stderr, flush=True)


def high_pipe() -> tuple[int, int]:
    """A pipe's two ends, with numbers out of the way of those that the browser wants."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, SAFE_FD) for end in ends]
    for end in ends:
        os.close(end)
    return high[0], high[1]


def serve(folder: Path) -> int:
    """Serve the files of a folder over HTTP on loopback, as long as the process lives. Returns the port."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port: int = server.server_address[1]
    return port
