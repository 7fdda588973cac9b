"""The pjsua2 phone: a program that drives pjsua2 by commands on stdin. Started by `Phone`.

Everything but hearing happens in one thread that polls the stack and the commands in turn. The binding's objects must
be made and used in a thread that the stack knows. Callbacks then never interrupt a command.
"""

from __future__ import annotations

import base64
import ctypes
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from .control import Command, Control
from .pjsua2_stack import make_account_config, make_tone_generator, pj, start_endpoint
from .settings import SAMPLE_RATE, PhoneSettings

POLL_MS = 10
FRAME_USEC = 20_000
RINGING = 180
OK = 200
BUSY_HERE = 486
LINE_BUFFERED = 1
BUSY = 171001
"""PJSIP_EBUSY: a REGISTER of this account is on its way."""


class Ear(pj.AudioMediaPort):  # type: ignore[misc]  # the base class has no types
    """Hears one call: adds its sound to the recordings that are running. Called in the stack's sound thread."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.recordings: list[bytearray] = []
        sound = pj.MediaFormatAudio()
        sound.init(pj.PJMEDIA_FORMAT_PCM, SAMPLE_RATE, 1, FRAME_USEC, 16)
        self.createPort(f"ear-{number}", sound)

    def onFrameReceived(self, frame: Any) -> None:
        """The stack's delivery of the next 20 ms."""
        if frame.type == pj.PJMEDIA_FRAME_TYPE_AUDIO:
            for recording in self.recordings:
                recording += bytes(frame.buf)


class PjsuaCall(pj.Call):  # type: ignore[misc]  # the base class has no types
    """One call: passes what the stack reports on to the agent."""

    def __init__(self, agent: PjsuaAgent, number: int, call_id: int) -> None:
        super().__init__(agent.account, call_id)
        self.agent = agent
        self.number = number
        self.ended = False
        self.ear = Ear(number)

    def onCallState(self, _parameters: object) -> None:
        """The stack's report of a new state."""
        self.agent.report_call(self)

    def onCallMediaState(self, _parameters: object) -> None:
        """The stack's report that sound begins, stops or changes direction."""
        self.agent.report_media(self)

    def sound(self) -> Any | None:
        """The call's sound while it flows in both directions; None on hold, before the answer and after the end."""
        info = self.getInfo()  # Kept by name: its media live only as long as it does.
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                return self.getAudioMedia(index)
        return None


class PjsuaAccount(pj.Account):  # type: ignore[misc]  # the base class has no types
    """The account: passes what the stack reports on to the agent."""

    def __init__(self, agent: PjsuaAgent) -> None:
        super().__init__()
        self.agent = agent

    def onRegState(self, parameters: Any) -> None:
        """The stack's report of the outcome of a REGISTER."""
        self.agent.report_registration(parameters.code, parameters.reason)

    def onIncomingCall(self, parameters: Any) -> None:
        """The stack's report of an INVITE."""
        self.agent.take_incoming(parameters.callId)


class PjsuaAgent:
    """One account on one pjsua2 endpoint."""

    def __init__(self, control: Control, settings: PhoneSettings) -> None:
        self._control = control
        self._settings = settings
        self._answer_mode = "ring"
        self._calls: dict[int, PjsuaCall] = {}
        self._numbers = 0
        self._due: list[tuple[float, Callable[[], None]]] = []
        self._send_once_free: bool | None = None
        self._endpoint = start_endpoint(settings)
        self._tone = make_tone_generator(settings.tone_hz)
        self.account = PjsuaAccount(self)
        self._account_config = make_account_config(settings)
        self.account.create(self._account_config)

    def run(self) -> None:
        """Serve commands until the test closes the line; then hang up, unregister and return."""
        self._control.event("ready")
        while not self._control.closed:
            self._endpoint.libHandleEvents(POLL_MS)
            for command in self._control.commands():
                self._obey(command)
            self._do_what_is_due()
        self._endpoint.libDestroy()

    def local_port(self) -> int:
        """The port on which the stack takes SIP. Over TCP: on which it listens."""
        address: str = self._endpoint.transportGetInfo(self._endpoint.transportEnum()[0]).localName
        return int(address.rpartition(":")[2])

    def _do_what_is_due(self) -> None:
        now = time.monotonic()
        due = [action for moment, action in self._due if moment <= now]
        self._due = [entry for entry in self._due if entry[0] > now]
        for action in due:
            action()

    def _obey(self, command: Command) -> None:
        try:
            result = self._do(command)
        except pj.Error as error:
            self._control.refuse(command, error.info())
        except (KeyError, ValueError) as error:
            self._control.refuse(command, f"{type(error).__name__}: {error}")
        else:
            if result is not None:
                self._control.answer(command, **result)

    def _do(self, command: Command) -> dict[str, object] | None:
        """Do it and return the result, or None when the answer comes later."""
        args = command.args
        match command.do:
            case "register":
                self._register(args["expires"])
            case "refresh":
                self._send_register(True)
            case "unregister":
                self._send_unregister()
            case "answer_mode":
                self._answer_mode = args["mode"]
            case "call":
                return {"call": self._dial(args["uri"])}
            case "local_port":
                return {"port": self.local_port()}
            case "listen":
                self._listen(command)
                return None
            case _:
                self._do_to_call(command.do, self._calls[args["call"]], args)
        return {}

    def _do_to_call(self, do: str, call: PjsuaCall, args: dict[str, Any]) -> None:
        if call.ended:
            # The stack may already use the call's number for another one.
            if do != "hangup":
                raise ValueError("the call is over")
            return
        match do:
            case "answer":
                call.answer(with_status(OK))
            case "reject":
                call.hangup(with_status(args["code"]))
            case "hangup":
                call.hangup(pj.CallOpParam())
            case "hold":
                call.setHold(pj.CallOpParam())
            case "resume":
                unhold = sound_only()
                unhold.opt.flag = pj.PJSUA_CALL_UNHOLD
                call.reinvite(unhold)
            case _:
                raise ValueError(f"no such command: {do}")

    def _register(self, expires: int) -> None:
        if self._account_config.regConfig.timeoutSec == expires:
            self._send_register(True)
            return
        self._account_config.regConfig.timeoutSec = expires
        try:
            # The stack sends the REGISTER by itself when the expiry changes.
            self.account.modify(self._account_config)
        except pj.Error as error:
            self._wait_until_free(error, True)

    def _send_register(self, renew: bool) -> None:
        """REGISTER (`renew`) or take the registration back."""
        try:
            self.account.setRegistration(renew)
        except pj.Error as error:
            self._wait_until_free(error, renew)

    def _wait_until_free(self, error: Any, renew: bool) -> None:
        """The stack is about a REGISTER of its own, after a changed Contact: ours follows when that one is answered."""
        if error.status != BUSY:
            raise error
        self._send_once_free = renew

    def _send_unregister(self) -> None:
        if self.account.getInfo().regIsActive:
            self._send_register(False)
        else:
            self._control.event("registration", registered=False, status=OK, reason="was not registered")

    def report_registration(self, status: int, reason: str) -> None:
        """Tell the test the outcome of a REGISTER."""
        if self._send_once_free is not None:
            renew, self._send_once_free = self._send_once_free, None
            self._due.append((0.0, lambda: self._send_register(renew)))
            return
        active = bool(self.account.getInfo().regIsActive)
        self._control.event("registration", registered=active, status=status, reason=reason)

    def _dial(self, uri: str) -> int:
        call = self._new_call(pj.PJSUA_INVALID_ID)
        call.makeCall(uri, sound_only())
        return call.number

    def _new_call(self, call_id: int) -> PjsuaCall:
        self._numbers += 1
        call = PjsuaCall(self, self._numbers, call_id)
        self._calls[call.number] = call
        return call

    def take_incoming(self, call_id: int) -> None:
        """Tell the test of an incoming call and do what the answer mode says."""
        call = self._new_call(call_id)
        info = call.getInfo()
        self._control.event("incoming", call=call.number, caller=info.remoteUri, callee=info.localUri)
        if self._answer_mode == "auto":
            call.answer(with_status(OK))
        elif self._answer_mode == "busy":
            call.hangup(with_status(BUSY_HERE))
        else:
            call.answer(with_status(RINGING))

    def report_call(self, call: PjsuaCall) -> None:
        """Tell the test of a call's new state."""
        info = call.getInfo()
        states = {
            pj.PJSIP_INV_STATE_EARLY: "ringing",
            pj.PJSIP_INV_STATE_CONFIRMED: "established",
            pj.PJSIP_INV_STATE_DISCONNECTED: "ended",
        }
        if info.state not in states:
            return
        call.ended = info.state == pj.PJSIP_INV_STATE_DISCONNECTED
        self._control.event(
            "call",
            call=call.number,
            state=states[info.state],
            status=info.lastStatusCode,
            reason=info.lastReason,
        )

    def report_media(self, call: PjsuaCall) -> None:
        """Join the tone and the running recordings to the call's sound and tell the test who holds whom."""
        sound = call.sound()
        if sound is not None:
            self._tone.startTransmit(sound)
            sound.startTransmit(call.ear)
        info = call.getInfo()  # Kept by name: its media live only as long as it does.
        statuses = [media.status for media in info.media]
        self._control.event(
            "hold",
            call=call.number,
            here=pj.PJSUA_CALL_MEDIA_LOCAL_HOLD in statuses,
            peer=pj.PJSUA_CALL_MEDIA_REMOTE_HOLD in statuses,
        )

    def _listen(self, command: Command) -> None:
        """Record for a while and answer with what was heard."""
        ear = self._calls[command.args["call"]].ear
        recording = bytearray()
        ear.recordings = [*ear.recordings, recording]

        def finish() -> None:
            ear.recordings = [other for other in ear.recordings if other is not recording]
            self._control.answer(command, pcm=base64.b64encode(recording).decode())

        self._due.append((time.monotonic() + command.args["seconds"], finish))


def sound_only() -> Any:
    """Call settings for one sound stream and no picture."""
    parameters = pj.CallOpParam(True)
    parameters.opt.audioCount = 1
    parameters.opt.videoCount = 0
    return parameters


def with_status(status: int) -> Any:
    """Call settings for a response with that status."""
    parameters = sound_only()
    parameters.statusCode = status
    return parameters


def main() -> None:
    """Read the settings, then serve commands until the line is closed."""
    control = Control()
    c = ctypes.CDLL(None)
    c.setvbuf(ctypes.c_void_p.in_dll(c, "stdout"), None, LINE_BUFFERED, 0)
    PjsuaAgent(control, PhoneSettings.from_json(control.first_line())).run()
    sys.stderr.flush()
    # The binding's destructors must not run after the stack is gone.
    os._exit(0)


if __name__ == "__main__":
    main()
