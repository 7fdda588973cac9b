"""The linphone phone: a program that drives Debian's liblinphone by commands on stdin. Started by `Phone`.

Everything happens in one thread that polls the stack and the commands in turn, as the library wants it. Sound goes
through files in place of a sound card: the library plays one and writes another.
"""

from __future__ import annotations

import base64
import os
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import liblinphone as lib
from .control import Command, Control
from .growing_wav import GrowingWav
from .settings import SAMPLE_RATE, PhoneSettings
from .tone import make_tone

POLL_SECONDS = 0.01
LEAVE_SECONDS = 1.0
OFFLINE_SECONDS = 1.5
"""The library looks at the network once a second."""

TONE_SECONDS = 240
"""No call lasts longer; the file does not begin anew at its end."""

OK = 200
BUSY_HERE = 486
REQUEST_TERMINATED = 487

CONFIG = """\
[sip]
bind_address={host}
use_ipv6=0
sip_port={udp}
sip_tcp_port={tcp}
sip_tls_port=0
media_encryption=none
guess_hostname=0
register_only_when_network_is_up=0
auto_net_state_mon=0

[rtp]
audio_rtp_port=-1
{media_address}

[net]
dns_srv_enabled=0

[misc]
max_calls=4

[sound]
echocancellation=0

[audio_codec_0]
mime=PCMU
rate=8000
channels=1
enabled=1
"""
RANDOM_PORT, NO_PORT = -1, 0
ANY_HOST = "0.0.0.0"


class Conversation:
    """One call: its number for the test, the library's object, and what is known of its end."""

    def __init__(self, number: int, call: int, outgoing: bool) -> None:
        self.number = number
        self.call = call
        self.outgoing = outgoing
        self.established = False
        self.hung_up_with = 0
        self.over = False
        self.held = False
        self.held_by_peer = False


class LinphoneAgent:
    """One account on one linphone core."""

    def __init__(self, control: Control, settings: PhoneSettings, folder: Path) -> None:
        self._control = control
        self._settings = settings
        self._folder = folder
        self._lib = lib.load()
        self._answer_mode = "ring"
        self._conversations: dict[int, Conversation] = {}
        self._by_call: dict[int, Conversation] = {}
        self._due: list[tuple[float, Callable[[], None]]] = []
        self._registered = False
        self._tone = make_tone_file(folder, settings.tone_hz)
        self._record = folder / "heard.wav"
        # ctypes does not keep the functions that it hands out.
        self._callbacks = (lib.AccountStateChanged(self._on_account), lib.CallStateChanged(self._on_call))
        self._core = self._start_core()
        self._account = self._make_account()

    def run(self) -> None:
        """Serve commands until the test closes the line; then hang up, unregister and return."""
        self._control.event("ready")
        while not self._control.closed:
            self._turn()
            for command in self._control.commands():
                self._obey(command)
        self._leave()

    def _turn(self) -> None:
        self._lib["core_iterate"](self._core)
        now = time.monotonic()
        due = [action for moment, action in self._due if moment <= now]
        self._due = [entry for entry in self._due if entry[0] > now]
        for action in due:
            action()
        time.sleep(POLL_SECONDS)

    def _leave(self) -> None:
        for conversation in self._conversations.values():
            if not conversation.over:
                self._lib["call_terminate"](conversation.call)
        self._set_params(register=False)
        deadline = time.monotonic() + LEAVE_SECONDS
        while self._registered and time.monotonic() < deadline:
            self._turn()

    def _start_core(self) -> int:
        settings, call = self._settings, self._lib
        tcp = settings.transport == "tcp"
        config = self._folder / "linphonerc"
        ports = {"udp": NO_PORT if tcp else RANDOM_PORT, "tcp": RANDOM_PORT if tcp else NO_PORT}
        # The address is told in the description, where 0.0.0.0 would be a hold. Without one the stack finds its own.
        media_address = f"bind_address={host}" if (host := settings.local_host) != ANY_HOST else ""
        config.write_text(CONFIG.format(host=host, media_address=media_address, **ports))
        factory = call["factory_get"]()
        for place in ("factory_set_config_dir", "factory_set_data_dir"):
            call[place](factory, str(self._folder).encode())
        call["core_set_log_level_mask"](lib.LOG_MESSAGE_LEVEL)
        core: int = call["factory_create_core_3"](factory, str(config).encode(), None, None)
        callbacks = call["factory_create_core_cbs"](factory)
        call["core_cbs_set_account_registration_state_changed"](callbacks, self._callbacks[0])
        call["core_cbs_set_call_state_changed"](callbacks, self._callbacks[1])
        call["core_add_callbacks"](core, callbacks)
        call["core_set_user_agent"](core, b"linphone", call["core_get_version"]())
        call["core_set_use_files"](core, True)
        call["core_set_play_file"](core, str(self._tone).encode())
        call["core_set_record_file"](core, str(self._record).encode())
        call["core_start"](core)
        call["core_set_network_reachable"](core, True)
        return core

    def _make_account(self) -> int:
        settings, call = self._settings, self._lib
        factory = call["factory_get"]()
        if settings.password is not None:
            user, password = settings.username.encode(), settings.password.encode()
            call["core_add_auth_info"](
                self._core, call["factory_create_auth_info"](factory, user, None, password, None, None, None)
            )
        params = call["core_create_account_params"](self._core)
        identity = f"sip:{settings.username}@{settings.domain}"
        server = f"sip:{settings.proxy_host}:{settings.proxy_port};transport={settings.transport}"
        call["account_params_set_identity_address"](params, self._address(identity))
        call["account_params_set_server_address"](params, self._address(server))
        call["account_params_enable_outbound_proxy"](params, True)
        call["account_params_enable_register"](params, False)
        if settings.contact_parameters:
            call["account_params_set_contact_uri_parameters"](params, settings.contact_parameters.encode())
        account: int = call["core_create_account"](self._core, params)
        call["core_add_account"](self._core, account)
        call["core_set_default_account"](self._core, account)
        return account

    def _address(self, uri: str) -> int:
        address: int | None = self._lib["factory_create_address"](self._lib["factory_get"](), uri.encode())
        if address is None:
            raise ValueError(f"not an address: {uri}")
        return address

    def _obey(self, command: Command) -> None:
        try:
            result = self._do(command)
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
                self._set_params(register=True, expires=args["expires"])
            case "refresh":
                self._lib["account_refresh_register"](self._account)
            case "unregister":
                self._unregister()
            case "change_network":
                self._lib["core_set_network_reachable"](self._core, False)
                reconnect_at = time.monotonic() + OFFLINE_SECONDS
                self._due.append((reconnect_at, lambda: self._lib["core_set_network_reachable"](self._core, True)))
            case "answer_mode":
                self._answer_mode = args["mode"]
            case "call":
                return {"call": self._dial(args["uri"])}
            case "listen":
                self._listen(command)
                return None
            case _:
                self._do_to_call(command.do, self._conversations[args["call"]], args)
        return {}

    def _do_to_call(self, do: str, conversation: Conversation, args: dict[str, Any]) -> None:
        if conversation.over:
            # The library has given the object up.
            if do != "hangup":
                raise ValueError("the call is over")
            return
        call = conversation.call
        match do:
            case "answer":
                self._check(self._lib["call_accept"](call), do)
            case "reject":
                if args["code"] != BUSY_HERE:
                    raise ValueError(f"this phone only rejects with {BUSY_HERE}")
                self._reject(conversation)
            case "hangup" if not conversation.outgoing and not conversation.established:
                self._reject(conversation)
            case "hangup":
                conversation.hung_up_with = REQUEST_TERMINATED
                self._check(self._lib["call_terminate"](call), do)
            case "hold":
                # The library would play the file to the one who is held, as music.
                self._lib["core_set_play_file"](self._core, None)
                self._check(self._lib["call_pause"](call), do)
            case "resume":
                self._lib["core_set_play_file"](self._core, str(self._tone).encode())
                self._check(self._lib["call_resume"](call), do)
            case _:
                raise ValueError(f"no such command: {do}")

    @staticmethod
    def _check(result: int, do: str) -> None:
        if result != 0:
            raise ValueError(f"the library cannot {do} now")

    def _reject(self, conversation: Conversation) -> None:
        conversation.hung_up_with = BUSY_HERE
        self._check(self._lib["call_decline"](conversation.call, lib.BUSY), "decline")

    def _set_params(self, register: bool, expires: int | None = None) -> None:
        """Change the account; the library sends what REGISTER follows from it."""
        call = self._lib
        params = call["account_params_clone"](call["account_get_params"](self._account))
        call["account_params_enable_register"](params, register)
        if expires is not None:
            call["account_params_set_expires"](params, expires)
        call["account_set_params"](self._account, params)

    def _unregister(self) -> None:
        if self._registered:
            self._set_params(register=False)
        else:
            self._control.event("registration", registered=False, status=OK, reason="was not registered")

    def _on_account(self, _core: int, account: int, state: int, words: bytes) -> None:
        """The library's report of a registration."""
        if state not in (lib.REGISTERED, lib.UNREGISTERED, lib.REGISTRATION_FAILED):
            return
        self._registered = state == lib.REGISTERED
        status = OK
        if state == lib.REGISTRATION_FAILED:
            status = self._lib["error_info_get_protocol_code"](self._lib["account_get_error_info"](account))
        self._control.event("registration", registered=self._registered, status=status, reason=words.decode())

    def _dial(self, uri: str) -> int:
        call: int | None = self._lib["core_invite_address"](self._core, self._address(uri))
        if call is None:
            raise ValueError(f"the library does not call {uri}")
        return self._known(call, outgoing=True).number

    def _known(self, call: int, outgoing: bool) -> Conversation:
        """The conversation of a call; the library may report on one before it hands it over."""
        if call not in self._by_call:
            self._lib["call_ref"](call)  # never given back: so that no later call has the same address
            conversation = Conversation(len(self._conversations) + 1, call, outgoing)
            self._conversations[conversation.number] = self._by_call[call] = conversation
        return self._by_call[call]

    def _on_call(self, _core: int, call: int, state: int, words: bytes) -> None:
        """The library's report of a call's new state."""
        conversation = self._known(call, outgoing=state != lib.INCOMING_RECEIVED)
        match state:
            case lib.INCOMING_RECEIVED:
                self._on_incoming(conversation)
            case lib.OUTGOING_RINGING | lib.OUTGOING_EARLY_MEDIA:
                self._report(conversation, "ringing")
            case lib.STREAMS_RUNNING | lib.PAUSED | lib.PAUSED_BY_REMOTE:
                self._on_streams(conversation, state)
            case lib.END | lib.ERROR if not conversation.over:
                conversation.over = True
                self._report(conversation, "ended", *self._end_of(conversation, words.decode()))

    def _on_incoming(self, conversation: Conversation) -> None:
        caller = self._lib["call_get_remote_address_as_string"](conversation.call).decode()
        to = self._lib["call_get_to_address"](conversation.call)
        callee = self._lib["address_as_string_uri_only"](to).decode()
        self._control.event("incoming", call=conversation.number, caller=caller, callee=callee)
        if self._answer_mode != "ring":
            # Not from within the library's own report.
            answer = self._answer_mode == "auto"
            self._due.append((0.0, lambda: self._do_to_call("answer" if answer else "hangup", conversation, {})))

    def _on_streams(self, conversation: Conversation, state: int) -> None:
        if not conversation.established:
            conversation.established = True
            self._report(conversation, "established")
        before = (conversation.held, conversation.held_by_peer)
        conversation.held = state == lib.PAUSED
        conversation.held_by_peer = state == lib.PAUSED_BY_REMOTE
        if before != (conversation.held, conversation.held_by_peer):
            self._control.event(
                "hold", call=conversation.number, here=conversation.held, peer=conversation.held_by_peer
            )

    def _end_of(self, conversation: Conversation, words: str) -> tuple[int, str]:
        if conversation.established:
            return OK, "OK"
        if conversation.hung_up_with:
            return conversation.hung_up_with, words
        if not conversation.outgoing:
            return REQUEST_TERMINATED, words
        error = self._lib["call_get_error_info"](conversation.call)
        return self._lib["error_info_get_protocol_code"](error), words

    def _report(self, conversation: Conversation, state: str, status: int = 0, reason: str = "") -> None:
        self._control.event("call", call=conversation.number, state=state, status=status, reason=reason)

    def _listen(self, command: Command) -> None:
        wav = GrowingWav(self._folder, self._record.name)

        def finish() -> None:
            self._control.answer(command, pcm=base64.b64encode(wav.heard()).decode())

        self._due.append((time.monotonic() + command.args["seconds"], finish))


def make_tone_file(folder: Path, frequency: int) -> Path:
    """A WAV file with a tone of `frequency` Hz, which must be a whole number: one second is repeated."""
    path = folder / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(make_tone(frequency, 1000) * TONE_SECONDS)
    return path


def main() -> None:
    """Read the settings, then serve commands until the line is closed."""
    control = Control()
    settings = PhoneSettings.from_json(control.first_line())
    with tempfile.TemporaryDirectory() as folder:
        LinphoneAgent(control, settings, Path(folder)).run()
    sys.stderr.flush()
    # The library's threads are not waited for: the call and the registration have been ended.
    os._exit(0)


if __name__ == "__main__":
    main()
