"""The baresip phone: a program that drives baresip-python by commands on stdin. Started by `Phone`."""

from __future__ import annotations

import asyncio
import base64
import errno
import logging
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from baresip.call import Call, CallState
from baresip.config import Account, Config
from baresip.errors import (
    AudioNotActive,
    AudioRestarted,
    BaresipError,
    RegistrationError,
    StaleHandleError,
    split_status,
)
from baresip.events import Event, StackEvent
from baresip.runtime import Runtime
from baresip.ua import UserAgent

from .control import STDIN, Command, Control
from .recordings import Recordings
from .settings import SAMPLE_RATE, PhoneSettings
from .tone import make_tone

LOG = logging.getLogger("agent")

REGISTER_SECONDS = 30.0
"""How long to listen for an outcome; the test gives up before."""

LEAVE_SECONDS = 1.0

FRAME_MS = 20
HOLD_ATTEMPTS = 50
"""One every 20 ms: an earlier re-INVITE is over long before that."""

AHEAD_BYTES = SAMPLE_RATE * 2 * 100 // 1000
"""Tone kept waiting in the stack's send buffer: 100 ms, so that a late wake-up makes no gap."""

BUSY_HERE = 486
"""The only refusal that the binding can send."""


class Conversation:
    """One call of this agent: its sound in both directions, and why it will have ended."""

    def __init__(self, call: Call, number: int, settings: PhoneSettings) -> None:
        self.call = call
        self.number = number
        self.outgoing = call.state is CallState.OUTGOING
        self.was_established = False
        self.refused = False
        self.given_up = False
        self.hold_wanted: bool | None = None
        self.held_here = False
        self.held_by_peer = False
        self.sound = asyncio.create_task(self._exchange_sound())
        self._tone_hz = settings.tone_hz
        self._sent_samples = 0
        self._recordings = Recordings()

    async def record(self, seconds: float) -> bytes:
        """Returns the sound of the next seconds: 16-bit mono PCM."""
        return await self._recordings.record(seconds)

    def note_hangup(self) -> None:
        """Remember that this side ends the call: before the answer that is a refusal of the one who is called."""
        self.refused = not self.outgoing
        self.given_up = self.outgoing

    def end_of(self, words: str) -> tuple[int, str]:
        """Status and reason of this call's end, out of the stack's words for it. A status is not always named."""
        status, reason = split_status(words)
        if status is not None:
            return status, reason
        if self.was_established:
            return 200, "OK"
        if self.refused:
            return BUSY_HERE, "Busy Here"
        if os.strerror(errno.ETIMEDOUT) in words:
            return 408, "Request Timeout"
        if self.outgoing and not self.given_up:
            return 0, words
        return 487, "Request Terminated"

    async def _exchange_sound(self) -> None:
        """Keep the send buffer filled with tone and hand what was received to the recordings, for the call's life."""
        while self.call.state is not CallState.CLOSED:
            with suppress(AudioNotActive, AudioRestarted):
                self._fill_send_buffer()
                self._recordings.hear(self.call.audio.read(SAMPLE_RATE))
            await asyncio.sleep(FRAME_MS / 1000)

    def _fill_send_buffer(self) -> None:
        if self.call.is_on_hold:
            return
        while self.call.audio.info().tx_buffered < AHEAD_BYTES:
            frame = make_tone(self._tone_hz, FRAME_MS, self._sent_samples)
            written = self.call.audio.write(frame)
            self._sent_samples += written // 2
            if written < len(frame):
                return


class BaresipAgent:
    """One account on one baresip runtime."""

    def __init__(self, control: Control, settings: PhoneSettings) -> None:
        self._control = control
        self._settings = settings
        self._runtime = Runtime()
        self._account: UserAgent | None = None
        self._expires = 0
        self._answer_mode = "ring"
        self._conversations: dict[int, Conversation] = {}
        self._by_handle: dict[int, Conversation] = {}
        self._unclaimed: dict[int, list[StackEvent]] = {}
        self._registered = False
        self._unregistering = False
        self._numbers = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = asyncio.Event()

    async def run(self) -> None:
        """Serve commands until the test closes the line; then hang up, unregister and return."""
        host = self._settings.local_host
        listening = f"[{host}]" if ":" in host else host
        await self._runtime.start(
            Config(
                net_interface=self._settings.local_host,
                native_log_level="info",
                sip_trace=True,
                max_concurrent_calls=4,
                expose_headers=("To",),
                instance_id=self._settings.instance_id,
                extra_config_text=f"sip_listen {listening}:0\n",
            )
        )
        self._runtime.subscribe(self._on_stack_event)
        asyncio.get_running_loop().add_reader(STDIN, self._read_commands)
        self._control.event("ready")
        await self._closed.wait()
        await self._leave()

    async def _leave(self) -> None:
        for conversation in self._conversations.values():
            if conversation.call.state is not CallState.CLOSED:
                with suppress(BaresipError):
                    await conversation.call.hangup()
        if self._account is not None and self._registered:
            with suppress(BaresipError):
                await self._account.unregister(timeout=LEAVE_SECONDS)
        await self._runtime.close()

    def _read_commands(self) -> None:
        for command in self._control.commands():
            self._start(self._obey(command))
        if self._control.closed:
            asyncio.get_running_loop().remove_reader(STDIN)
            self._closed.set()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _obey(self, command: Command) -> None:
        try:
            result = await self._do(command)
        except (BaresipError, ValueError, KeyError) as error:
            self._control.refuse(command, f"{type(error).__name__}: {error}")
        else:
            self._control.answer(command, **result)

    async def _do(self, command: Command) -> dict[str, object]:
        args = command.args
        match command.do:
            case "register":
                await self._use_expiry(args["expires"])
                self._start(self._register())
            case "refresh":
                self._start(self._register())
            case "unregister":
                self._start(self._unregister())
            case "answer_mode":
                self._answer_mode = args["mode"]
            case "call":
                return {"call": await self._dial(args["uri"])}
            case "listen":
                pcm = await self._conversations[args["call"]].record(args["seconds"])
                return {"pcm": base64.b64encode(pcm).decode()}
            case _:
                await self._do_to_call(command.do, self._conversations[args["call"]], args)
        return {}

    async def _do_to_call(self, do: str, conversation: Conversation, args: dict[str, Any]) -> None:
        call = conversation.call
        match do:
            case "answer":
                await call.answer()
            case "reject":
                await self._reject(conversation, args["code"])
            case "hangup":
                conversation.note_hangup()
                with suppress(StaleHandleError):
                    await call.hangup()
            case "hold" | "resume":
                conversation.hold_wanted = do == "hold"
                await self._change_hold(conversation)
            case _:
                raise ValueError(f"no such command: {do}")

    async def _reject(self, conversation: Conversation, code: int) -> None:
        if code != BUSY_HERE:
            raise ValueError(f"baresip-python can only reject with {BUSY_HERE}")
        conversation.refused = True
        await conversation.call.reject()

    async def _change_hold(self, conversation: Conversation) -> None:
        """Send the re-INVITE. The stack refuses while another one is under way, and does not tell when that ends."""
        change = conversation.call.hold if conversation.hold_wanted else conversation.call.resume
        for attempt in range(HOLD_ATTEMPTS):
            try:
                await change()
            except BaresipError as error:
                if isinstance(error, StaleHandleError) or attempt == HOLD_ATTEMPTS - 1:
                    raise
                LOG.info("again in %d ms: %s", FRAME_MS, error)
                await asyncio.sleep(FRAME_MS / 1000)
            else:
                return

    async def _use_expiry(self, expires: int) -> None:
        """Make the account, which has its expiry for life: another expiry needs another account."""
        if self._account is not None and self._expires == expires:
            return
        former, self._account = self._account, None
        if former is not None and self._registered:
            await former.unregister(timeout=LEAVE_SECONDS)
        self._account = await self._make_account(expires)
        self._expires = expires

    async def _make_account(self, expires: int) -> UserAgent:
        settings = self._settings
        if settings.transport == "ws":
            raise ValueError("baresip speaks no WebSocket")
        account = await UserAgent.create(
            self._runtime,
            Account(
                user=settings.username,
                domain=settings.domain,
                password=settings.password or "",
                registrar=f"{settings.proxy};transport={settings.transport}",
                reg_interval=expires,
                transport=settings.transport,
                audio_codecs=("pcmu",),
            ),
        )
        account.on_incoming(self._on_incoming)
        return account

    async def _register(self) -> None:
        """The outcome is reported by the stack's event, so here it only has to be waited for."""
        if self._account is None:
            self._control.event("registration", registered=False, status=0, reason="register first")
            return
        try:
            await self._account.register(timeout=REGISTER_SECONDS)
        except RegistrationError as error:
            LOG.warning("not registered: %s", error)

    async def _unregister(self) -> None:
        if self._account is None or not self._registered:
            self._control.event("registration", registered=False, status=200, reason="was not registered")
            return
        self._unregistering = True
        try:
            await self._account.unregister(timeout=REGISTER_SECONDS)
        except RegistrationError as error:
            LOG.warning("not unregistered: %s", error)
        finally:
            self._unregistering = False

    async def _dial(self, uri: str) -> int:
        if self._account is None:
            self._account = await self._make_account(0)
        return self._adopt(await self._account.dial(uri)).number

    def _adopt(self, call: Call) -> Conversation:
        self._numbers += 1
        conversation = Conversation(call, self._numbers, self._settings)
        self._conversations[conversation.number] = conversation
        self._by_handle[call.handle] = conversation
        for event in self._unclaimed.pop(call.handle, []):
            self._on_call_event(conversation, event)
        return conversation

    def _on_incoming(self, call: Call) -> None:
        conversation = self._adopt(call)
        callee = call.headers.get("To", "")
        self._control.event("incoming", call=conversation.number, caller=call.peer or "", callee=callee)
        if self._answer_mode == "auto":
            self._start(call.answer())
        elif self._answer_mode == "busy":
            self._start(self._reject(conversation, BUSY_HERE))

    def _on_stack_event(self, event: StackEvent) -> None:
        LOG.info("%s call=%d %r", event.event.name, event.call, event.text)
        if event.event in (Event.REGISTER_OK, Event.REGISTER_FAIL):
            self._on_registration_event(event)
        elif event.call in self._by_handle:
            self._on_call_event(self._by_handle[event.call], event)
        elif event.call:
            # The stack may speak of a call before the binding has handed it over.
            self._unclaimed.setdefault(event.call, []).append(event)

    def _on_registration_event(self, event: StackEvent) -> None:
        if self._account is None or event.ua != self._account.handle:
            return  # Of an account that was given up for one with another expiry.
        self._registered = event.event is Event.REGISTER_OK and not self._unregistering
        status, reason = split_status(event.text or "")
        self._control.event("registration", registered=self._registered, status=status or 0, reason=reason)

    def _on_call_event(self, conversation: Conversation, event: StackEvent) -> None:
        match event.event:
            case Event.CALL_RINGING | Event.CALL_PROGRESS:
                self._report(conversation, "ringing")
            case Event.CALL_ESTABLISHED:
                conversation.was_established = True
                self._report(conversation, "established")
            case Event.CALL_CLOSED:
                self._report(conversation, "ended", *conversation.end_of(event.text or ""))
            case Event.CALL_HOLD | Event.CALL_RESUME:
                conversation.held_by_peer = event.event is Event.CALL_HOLD
                self._report_hold(conversation)
            case Event.CALL_REMOTE_SDP if event.text == "answer" and conversation.hold_wanted is not None:
                conversation.held_here = conversation.hold_wanted
                self._report_hold(conversation)

    def _report(self, conversation: Conversation, state: str, status: int = 0, reason: str = "") -> None:
        self._control.event("call", call=conversation.number, state=state, status=status, reason=reason)

    def _report_hold(self, conversation: Conversation) -> None:
        self._control.event(
            "hold", call=conversation.number, here=conversation.held_here, peer=conversation.held_by_peer
        )


async def main() -> None:
    """Read the settings, then serve commands until the line is closed."""
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG, format="%(asctime)s %(name)s %(message)s")
    control = Control()
    await BaresipAgent(control, PhoneSettings.from_json(control.first_line())).run()


if __name__ == "__main__":
    asyncio.run(main())
