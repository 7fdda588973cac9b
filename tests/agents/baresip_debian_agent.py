"""The phone of Debian's baresip: runs the program and drives it over its control socket. Started by `Phone`.

The program hears commands that mean "the current call", so this phone has one call at a time. It sends a REGISTER
when an account is made, and again at nine tenths of the expiry. There is no command for another one.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from socket import socket
from typing import Any

from .child import Child, find_program
from .command_loop import CommandLoop
from .control import Command, Control
from .growing_wav import GrowingWav
from .settings import PhoneSettings

MODULES = "/usr/lib/baresip/modules"
START_ATTEMPTS = 300
ATTEMPT_SECONDS = 0.1
ANSWER_SECONDS = 30.0
LEAVE_SECONDS = 0.5
BUSY_HERE = 486
NO_SUCH_STATUS = 0

CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:0
net_interface 127.0.0.1
call_max_calls 1
audio_source ausine,{tone}
audio_player aubridge,a
audio_alert aubridge,b
ausrc_srate 48000
ausrc_channels 2
auplay_srate 48000
auplay_channels 1
module_path {modules}
module g711.so
module ausine.so
module aubridge.so
module sndfile.so
module srtp.so
module dtls_srtp.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{port}
snd_path {folder}
"""
"""The sine comes in the only format the module has; sndfile writes what is received to files that we can read."""


class Conversation:
    """The one call: its number for the test, the stack's name for it, and what will have ended it."""

    def __init__(self, number: int, outgoing: bool) -> None:
        self.number = number
        self.outgoing = outgoing
        self.call_id = ""
        self.established = False
        self.hung_up = False
        self.over = False
        self.hold_wanted: bool | None = None

    def end_of(self, words: str) -> tuple[int, str]:
        """Status and reason out of the stack's words, which hold a status only when the far end sent one."""
        found = re.match(r"(\d{3}) ?(.*)", words)
        if self.established:
            return 200, "OK"
        if found:
            return int(found[1]), found[2]
        if self.hung_up and not self.outgoing:
            return BUSY_HERE, "Busy Here"
        if self.hung_up or not self.outgoing:
            return 487, "Request Terminated"
        return (408 if "timed out" in words else NO_SUCH_STATUS), words


class BaresipDebianAgent:
    """One account on one running baresip."""

    def __init__(self, control: Control, settings: PhoneSettings, folder: Path) -> None:
        self._control = control
        self._settings = settings
        self._folder = folder
        self._answer_mode = "ring"
        self._account = ""
        self._registered = False
        self._conversations: dict[int, Conversation] = {}
        self._current: Conversation | None = None
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._one_command = asyncio.Lock()
        self._commands = CommandLoop(control, self._do, (OSError, TimeoutError, ValueError, KeyError))

    async def run(self) -> None:
        """Serve commands until the test closes the line; then hang up, unregister and return."""
        port = free_tcp_port()
        (self._folder / "config").write_text(
            CONFIG.format(tone=self._settings.tone_hz, modules=MODULES, port=port, folder=self._folder)
        )
        (self._folder / "accounts").touch()
        (self._folder / "contacts").touch()
        program = find_program("baresip", "baresip-core")
        child = Child([program, "-f", str(self._folder), "-s", "-v"], self._folder)
        try:
            reader, self._writer = await connect(port, child)
            self._commands.spawn(self._read_stack(reader))
            self._commands.start()
            await self._commands.wait_closed()
            with suppress(OSError, TimeoutError, ValueError):
                await asyncio.wait_for(self._leave(), LEAVE_SECONDS)
        finally:
            child.end()

    async def _leave(self) -> None:
        if self._current is not None:
            await self._tell("hangup")
        await self._tell("quit")

    async def _do(self, command: Command) -> dict[str, object]:
        args = command.args
        match command.do:
            case "register":
                await self._make_account(args["expires"])
            case "unregister":
                await self._unregister()
            case "answer_mode":
                self._answer_mode = args["mode"]
            case "call":
                return {"call": await self._dial(args["uri"])}
            case "listen":
                wav = GrowingWav(self._folder, "dump-*-dec.wav")
                await asyncio.sleep(args["seconds"])
                return {"pcm": base64.b64encode(wav.heard()).decode()}
            case "answer" | "reject" | "hangup" | "hold" | "resume":
                await self._do_to_call(command.do, self._conversations[args["call"]], args)
            case _:
                raise ValueError(f"this stack has no way to {command.do}")
        return {}

    async def _do_to_call(self, do: str, conversation: Conversation, args: dict[str, Any]) -> None:
        if conversation.over:
            if do != "hangup":
                raise ValueError("the call is over")
            return
        match do:
            case "answer":
                await self._tell("accept")
            case "hangup" | "reject":
                if args.get("code", BUSY_HERE) != BUSY_HERE:
                    raise ValueError(f"baresip can only reject with {BUSY_HERE}")
                conversation.hung_up = True
                await self._tell("hangup")
            case "hold" | "resume":
                conversation.hold_wanted = do == "hold"
                await self._tell(do)

    async def _make_account(self, expires: int) -> None:
        """Make the account, which has its expiry for life and sends its REGISTER at once, in place of the former."""
        settings = self._settings
        former, self._account = self._account, f"sip:{settings.username}@{settings.domain}"
        if former:
            await self._tell("uadel", former)
        credentials = f";auth_user={settings.username};auth_pass={settings.password}" if settings.password else ""
        await self._tell(
            "uanew",
            f"<{self._account};transport={settings.transport}>{credentials}"
            f';outbound="sip:{settings.proxy_host}:{settings.proxy_port};transport={settings.transport}"'
            f";regint={expires};answermode=manual;audio_codecs=pcmu{self._encryption()}",
        )

    def _encryption(self) -> str:
        """The account's parameter for the media. Raises ValueError for a feature that the program lacks."""
        match self._settings.features:
            case []:
                return ""
            case ["sdes"]:
                return ";mediaenc=srtp-mand"
            case ["dtls"]:
                return ";mediaenc=dtls_srtp"
            case others:
                raise ValueError(f"baresip lacks {others}")

    async def _unregister(self) -> None:
        """The stack takes its registration back when the account goes, and does not say what came of it."""
        account, self._account = self._account, ""
        if account:
            await self._tell("uadel", account)
        if not self._registered:
            self._control.event("registration", registered=False, status=200, reason="was not registered")

    async def _dial(self, uri: str) -> int:
        if not self._account:
            await self._make_account(0)
        if self._current is not None:
            raise ValueError("this phone has one call at a time")
        conversation = self._adopt(outgoing=True)
        try:
            await self._tell("dial", uri)
        except ValueError:
            self._current = None
            raise
        return conversation.number

    def _adopt(self, outgoing: bool) -> Conversation:
        conversation = Conversation(len(self._conversations) + 1, outgoing)
        self._conversations[conversation.number] = self._current = conversation
        return conversation

    async def _tell(self, command: str, params: str = "") -> str:
        """Send one command over the control socket and return what the program prints for it.

        Raises ValueError when it says no, TimeoutError when it says nothing.
        """
        async with self._one_command:
            message = json.dumps({"command": command, "params": params}).encode()
            self._writer.write(b"%d:%s," % (len(message), message))
            await self._writer.drain()
            answer = await asyncio.wait_for(self._answers.get(), ANSWER_SECONDS)
        if not answer["ok"]:
            raise ValueError(f"{command}: {answer['data']}")
        return str(answer["data"])

    async def _read_stack(self, reader: asyncio.StreamReader) -> None:
        """Take netstrings from the control socket until the program has gone."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                message = json.loads(await reader.readexactly(length))
                await reader.readexactly(1)
                print("ctrl_tcp:", message, file=sys.stderr, flush=True)
                if message.get("response"):
                    self._answers.put_nowait(message)
                elif message.get("event"):
                    self._on_event(message)

    def _on_event(self, event: dict[str, Any]) -> None:
        kind, words = event["type"], event.get("param", "")
        match kind:
            case "REGISTER_OK" | "REGISTER_FAIL":
                self._registered = kind == "REGISTER_OK"
                found = re.match(r"(\d{3}) ?(.*)", words)
                status, reason = (int(found[1]), found[2]) if found else (NO_SUCH_STATUS, words)
                self._control.event("registration", registered=self._registered, status=status, reason=reason)
            case "UNREGISTERING" if not self._account:  # else it is the account's former self that goes
                self._registered = False
                self._control.event("registration", registered=False, status=200, reason=words)
            case "CALL_INCOMING":
                self._on_incoming(event)
            case _ if self._current is not None and kind.startswith("CALL_"):
                self._on_call(self._current, kind, words)

    def _on_incoming(self, event: dict[str, Any]) -> None:
        conversation = self._adopt(outgoing=False)
        callee = event.get("accountaor", self._account)
        self._control.event("incoming", call=conversation.number, caller=event.get("peeruri", ""), callee=callee)
        if self._answer_mode == "auto":
            self._commands.spawn(self._do_to_call("answer", conversation, {}))
        elif self._answer_mode == "busy":
            self._commands.spawn(self._do_to_call("reject", conversation, {}))

    def _on_call(self, conversation: Conversation, kind: str, words: str) -> None:
        status, reason, state = 0, "", ""
        match kind:
            case "CALL_RINGING" | "CALL_PROGRESS":
                state = "ringing"
            case "CALL_ESTABLISHED":
                conversation.established = True
                state = "established"
            case "CALL_REMOTE_SDP" if words == "answer" and conversation.hold_wanted is not None:
                # Whether the far end holds us is not told.
                self._control.event("hold", call=conversation.number, here=conversation.hold_wanted, peer=False)
                conversation.hold_wanted = None
            case "CALL_CLOSED":
                conversation.over = True
                self._current = None
                state = "ended"
                status, reason = conversation.end_of(words)
        if state:
            self._control.event("call", call=conversation.number, state=state, status=status, reason=reason)


def free_tcp_port() -> int:
    """A port of the loopback that nothing listens on now: the program cannot tell which one it was given."""
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def connect(port: int, child: Child) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The control socket of a program that is just starting. Raises OSError when it never listens."""
    for _ in range(START_ATTEMPTS):
        if not child.alive:
            break
        with suppress(ConnectionRefusedError):
            return await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(ATTEMPT_SECONDS)
    raise OSError("baresip does not listen to its control socket")


async def main() -> None:
    """Read the settings, then serve commands until the line is closed."""
    control = Control()
    settings = PhoneSettings.from_json(control.first_line())
    with tempfile.TemporaryDirectory() as folder:
        await BaresipDebianAgent(control, settings, Path(folder)).run()
    sys.stderr.flush()


if __name__ == "__main__":
    asyncio.run(main())
    os._exit(0)
