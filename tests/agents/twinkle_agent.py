"""The phone of Debian's Twinkle: runs its console program and types into it. Started by `Phone`.

Its sound card is a PulseAudio with two pipes. The program has one line for calls here, and tells its events in
sentences. It does not tell whether the far end holds it.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import sys
import tempfile
from pathlib import Path

from .child import Child, find_program
from .command_loop import CommandLoop
from .control import Command, Control
from .kamailio import free_udp_and_tcp_port
from .pulse_card import PulseCard
from .settings import PhoneSettings

PROFILE = """\
user_name={username}
user_domain={domain}
auth_name={username}
auth_pass={password}
outbound_proxy={proxy_host}:{proxy_port};transport={transport}
all_requests_to_proxy=yes
non_resolvable_to_proxy=yes
sip_transport={transport}
register_at_startup=no
registration_time={expires}
pres_publish_startup=no
codecs=g711u
speex_dsp_vad=no
speex_dsp_agc=no
speex_dsp_nrd=no
"""
"""The stack's noise reduction would take a steady tone for noise."""
SYSTEM = """\
sip_port={sip_port}
rtp_port={rtp_port}
play_ringtone=no
play_ringback=no
"""
LEAVE_SECONDS = 1.0
START_SECONDS = 30.0
BUSY_HERE, TERMINATED, NO_SUCH_STATUS = 486, 487, 0
STATUS = re.compile(r"(\d{3}) (.*)")


class Conversation:
    """The one call, and the reason for its end as far as it was told."""

    def __init__(self, number: int, outgoing: bool) -> None:
        self.number = number
        self.outgoing = outgoing
        self.established = False
        self.refused = False
        self.over = False


class TwinkleAgent:
    """One user profile in one running console."""

    def __init__(self, control: Control, settings: PhoneSettings, folder: Path) -> None:
        if settings.features:
            raise ValueError(f"Twinkle lacks {settings.features}")
        self._control = control
        self._settings = settings
        self._folder = folder
        self._answer_mode = "ring"
        self._expires = 0
        self._registered = False
        self._program: Child | None = None
        self._ready = asyncio.Event()
        self._calls: dict[int, Conversation] = {}
        self._line: Conversation | None = None
        self._awaited = ""
        self._hold_wanted = False
        self._card = PulseCard(folder, settings.tone_hz)
        self._commands = CommandLoop(control, self._do, (OSError, TimeoutError, ValueError, KeyError))

    async def run(self) -> None:
        """Serve commands until the test closes the line; then hang up, unregister and return."""
        try:
            await self._card.start()
            self._commands.start()
            await self._commands.wait_closed()
            if self._program is not None:
                self._type("quit")
                await asyncio.sleep(LEAVE_SECONDS)
        finally:
            if self._program is not None:
                self._program.end()
            self._card.end()

    async def _do(self, command: Command) -> dict[str, object]:
        args = command.args
        match command.do:
            case "register":
                await self._use(args["expires"])
                self._type("register")
            case "unregister":
                self._unregister()
            case "answer_mode":
                self._answer_mode = args["mode"]
            case "call":
                return {"call": await self._dial(args["uri"])}
            case "listen":
                return {"pcm": base64.b64encode(await self._card.record(args["seconds"])).decode()}
            case _:
                self._do_to_call(command.do, self._calls[args["call"]])
        return {}

    def _do_to_call(self, do: str, call: Conversation) -> None:
        if call.over:
            if do != "hangup":
                raise ValueError("the call is over")
            return
        match do:
            case "answer":
                self._type("answer")
            case "hangup" | "reject":
                call.refused = not call.outgoing and not call.established
                self._type("reject" if call.refused else "bye")
            case "hold" | "resume":
                self._hold_wanted = do == "hold"
                self._type("hold" if self._hold_wanted else "retrieve")
            case _:
                raise ValueError(f"no such command: {do}")

    async def _use(self, expires: int) -> None:
        """Start the program, which has its expiry for life."""
        if self._program is not None and self._expires == expires:
            return
        if self._program is not None:
            self._program.end()
        self._expires = expires
        home = self._folder / ".twinkle"
        home.mkdir(exist_ok=True)
        values = {**vars(self._settings), "password": self._settings.password or "", "expires": expires}
        (home / "phone.cfg").write_text(PROFILE.format(**values))
        # RTP needs an even port and the next one for RTCP.
        ports = {"sip_port": free_udp_and_tcp_port(), "rtp_port": free_udp_and_tcp_port() // 2 * 2}
        (home / "twinkle.sys").write_text(SYSTEM.format(**ports))
        reading, self._typing = os.pipe()
        loop = asyncio.get_running_loop()
        self._ready.clear()
        self._program = Child(
            ["env", f"HOME={self._folder}", find_program("twinkle-console", "twinkle-console"), "phone.cfg"],
            self._folder,
            lambda line: loop.call_soon_threadsafe(self._read, line),
            stdin=reading,
        )
        os.close(reading)
        await asyncio.wait_for(self._ready.wait(), START_SECONDS)

    def _type(self, words: str) -> None:
        print("typed:", words, file=sys.stderr, flush=True)
        os.write(self._typing, f"{words}\n".encode())

    def _unregister(self) -> None:
        if self._registered:
            self._type("deregister")
        else:
            self._report_registration(False, 200, "was not registered")

    async def _dial(self, uri: str) -> int:
        if self._program is None:
            await self._use(60)
        if self._line is not None:
            raise ValueError("this phone has one call at a time")
        call = self._adopt(outgoing=True)
        self._type(f"call {uri}")
        return call.number

    def _adopt(self, outgoing: bool) -> Conversation:
        call = Conversation(len(self._calls) + 1, outgoing)
        self._calls[call.number] = self._line = call
        return call

    def _read(self, line: str) -> None:
        """Understand one printed line. Some sentences go on in the next lines."""
        text = line.removeprefix("Twinkle> ").strip()
        if text.startswith("Local IP"):
            self._ready.set()
        elif "registration" in text and ("succeeded" in text or "failed" in text):
            self._on_registration(text)
        elif text.startswith("Line 1: "):
            self._on_line(text.removeprefix("Line 1: "))
        elif self._awaited:
            self._on_more(text)

    def _on_registration(self, text: str) -> None:
        found = STATUS.search(text)
        succeeded = "succeeded" in text
        self._registered = succeeded and "de-registration" not in text
        status = int(found[1]) if found and not succeeded else 200 if succeeded else NO_SUCH_STATUS
        self._report_registration(self._registered, status, text)

    def _report_registration(self, registered: bool, status: int, reason: str) -> None:
        self._control.event("registration", registered=registered, status=status, reason=reason)

    def _on_line(self, text: str) -> None:
        match text:
            case "incoming call":
                self._adopt(outgoing=False)
                self._awaited = "caller"
            case "call failed.":
                self._awaited = "status"
            case "far end answered call." | "call established.":
                self._report_established()
            case "call ended." | "far end ended call.":
                self._report_end(200, "OK")
            case "far end cancelled call.":
                self._report_end(TERMINATED, "Request Terminated")
            case "re-INVITE successful." if self._line is not None:
                self._control.event("hold", call=self._line.number, here=self._hold_wanted, peer=False)
            case _ if text.startswith("received 18") and self._line is not None:
                self._report_call(self._line, "ringing")

    def _on_more(self, text: str) -> None:
        """A line that goes on after "incoming call" or "call failed."."""
        found = STATUS.match(text)
        if self._awaited == "status" and found:
            self._awaited = ""
            self._report_end(int(found[1]), found[2])
        elif self._awaited == "caller" and text.startswith("From:"):
            self._awaited = ""
            self._on_incoming(text.removeprefix("From:").strip())

    def _on_incoming(self, caller: str) -> None:
        assert self._line is not None
        own = f"sip:{self._settings.username}@{self._settings.domain}"
        self._control.event("incoming", call=self._line.number, caller=caller, callee=own)
        if self._answer_mode != "ring":
            self._type("answer" if self._answer_mode == "auto" else "reject")

    def _report_established(self) -> None:
        if self._line is not None and not self._line.established:
            self._line.established = True
            self._report_call(self._line, "established")

    def _report_end(self, status: int, reason: str) -> None:
        call, self._line = self._line, None
        if call is None:
            return
        call.over = True
        if not call.established and status == 200:
            status = BUSY_HERE if call.refused else TERMINATED
        self._report_call(call, "ended", status, reason)

    def _report_call(self, call: Conversation, state: str, status: int = 0, reason: str = "") -> None:
        self._control.event("call", call=call.number, state=state, status=status, reason=reason)


async def main() -> None:
    """Read the settings, then serve commands until the line is closed."""
    control = Control()
    settings = PhoneSettings.from_json(control.first_line())
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        await TwinkleAgent(control, settings, Path(folder)).run()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
