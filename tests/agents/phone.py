"""A real SIP stack as a test phone: register, call, answer, hold, listen, and die on demand.

    with Phone("pjsua2", "alice", "secret", domain, "127.0.0.1", port, tone=440) as alice, \\
         Phone("baresip", "bob", "secret", domain, "127.0.0.1", port, tone=660) as bob:
        alice.register()
        bob.register()
        bob.set_answer_mode("auto")
        call = alice.call(f"sip:bob@{domain}")
        call.wait_established()
        call.wait_tone(660)
        call.hangup()
        assert call.wait_ended()[0] == 200
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from itertools import pairwise
from types import TracebackType
from typing import Literal

from .phone_call import PhoneCall
from .process import PATIENCE_SECONDS, AgentProcess, Message
from .settings import Feature, Kind, PhoneSettings, Transport

AnswerMode = Literal["auto", "ring", "busy"]


class RegistrationRefused(Exception):  # noqa: N818  # reads as what happened, in tests that expect it
    """The registrar's final answer was no. `status` is 0 when there was no answer to speak of (nothing listens)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason


def bare_uri(address: str) -> str:
    """The URI in a From or To value: without display name, angle brackets and header parameters."""
    return address.rpartition("<")[2].partition(">")[0].partition(";")[0]


class Phone:
    """One phone with one account, in a subprocess that lives from `__enter__` (or `start`) to `__exit__` (`close`).

    `kind`: the SIP stack. Browsers have the transport "ws", all others udp and tcp, pjsua2 also tls.
    `password` None: an account without credentials, such as a caller from outside.
    `proxy_host`, `proxy_port`: where everything is sent; nothing is looked up in DNS.
    `local_host`: the address to send from; pjsua2, baresip and linphone can have another than loopback.
    `prefix`: a command that runs the agent, such as `ip netns exec NAME`.
    `tone`: pitch in Hz of what this phone says in each call.
    `instance_id`: a UUID that makes the device known by `+sip.instance`. None leaves it to the stack. Then pjsua2 over
    TCP, linphone and jssip have a random one, the others none. linphone, baresip-debian, kamailio and twinkle take
    none.
    `features`: SIP extensions that the agent has to use.
    `contact_parameters`: those of its Contact URI, such as `pn-provider=fcm;pn-prid=...`. pjsua2,
    linphone and sipjs have them.
    All waits raise PhoneTimeoutError with the agent's last log lines.
    """

    def __init__(
        self,
        kind: Kind,
        username: str,
        password: str | None,
        domain: str,
        proxy_host: str,
        proxy_port: int,
        transport: Transport = "udp",
        name: str | None = None,
        tone: int = 440,
        instance_id: str | None = None,
        local_host: str = "127.0.0.1",
        prefix: Sequence[str] = (),
        features: Sequence[Feature] = (),
        contact_parameters: str = "",
    ) -> None:
        if (kind in ("jssip", "sipjs")) != (transport == "ws"):
            raise ValueError(f"{kind} does not speak SIP over {transport}")
        settings = PhoneSettings(
            username,
            password,
            domain,
            proxy_host,
            proxy_port,
            transport,
            tone_hz=tone,
            instance_id=instance_id,
            local_host=local_host,
            features=features,
            contact_parameters=contact_parameters,
        )
        self.kind = kind
        self.name = name or username
        self.uri = f"sip:{username}@{domain}"
        self.registered = False
        """Whether the stack believes itself registered."""
        self._agent = AgentProcess(kind, settings, self.name, self._take_event, prefix)
        self._calls: dict[int, PhoneCall] = {}
        self._incoming: list[PhoneCall] = []
        self._registrations: list[tuple[int, str]] = []

    def __enter__(self) -> Phone:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the agent. Nothing is sent until `register` or `call`."""
        self._agent.start()

    def close(self) -> None:
        """Hang up and unregister as far as that works in 3 s, and end the agent. Does no harm when called twice."""
        self._agent.close()

    def kill(self) -> None:
        """SIGKILL: the phone is dead at once and says nothing; its sockets close."""
        self._agent.kill()
        self.registered = False

    def suspend(self) -> None:
        """SIGSTOP, as a mobile's system does to an app: its sockets stay open, and it reads nothing."""
        self._agent.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT. The app goes on where it was."""
        self._agent.signal(signal.SIGCONT)

    @property
    def pid(self) -> int | None:
        """Process id of the agent; None before the start."""
        return self._agent.pid

    @property
    def alive(self) -> bool:
        """Whether the agent's process runs."""
        return self._agent.alive

    def sip_port(self) -> int:
        """The port at which the agent takes SIP. Raises PhoneError: only pjsua2 tells."""
        return int(self._agent.ask("local_port")["port"])

    def log_lines(self) -> list[str]:
        """The agent's last log lines with all SIP messages in them, for looking at what was on the wire."""
        return self._agent.log_lines()

    def logged_invites(self) -> set[str]:
        """The topmost Via of each INVITE in `log_lines`. Repetitions have the same one."""
        return {via for line, via in pairwise(self.log_lines()) if line.startswith("INVITE sip:")}

    def wait_logged(self, text: str, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait until the agent has logged it, which may come after the outcome. Raises PhoneTimeoutError."""
        self._agent.wait(
            lambda: any(text in line for line in self.log_lines()) or None, timeout, f"{text!r} in the log"
        )

    def register(self, expires: int = 300, timeout: float = PATIENCE_SECONDS) -> None:
        """REGISTER for `expires` seconds and wait for the outcome. Raises RegistrationRefused, PhoneTimeoutError."""
        self._register("register", timeout, expires=expires)

    def refresh(self, timeout: float = PATIENCE_SECONDS) -> None:
        """REGISTER again, now, and wait for the outcome. Raises RegistrationRefused, PhoneTimeoutError.

        baresip-debian and twinkle have no command for it that tells the outcome: PhoneError.
        """
        self._register("refresh", timeout)

    def unregister(self, timeout: float = PATIENCE_SECONDS) -> None:
        """Take the registration back and wait for the outcome. Raises RegistrationRefused, PhoneTimeoutError."""
        self._register("unregister", timeout)

    def change_network(self, timeout: float = PATIENCE_SECONDS) -> None:
        """Tell the stack, as a mobile's system does, that it has another network. It registers, and repairs its calls.

        linphone alone can: PhoneError. Raises RegistrationRefused, PhoneTimeoutError.
        """
        self._register("change_network", timeout)

    def set_answer_mode(self, mode: AnswerMode) -> None:
        """Sets the answer to incoming calls: "auto" 200 at once, "ring" 180 and wait (the default), "busy" 486."""
        self._agent.ask("answer_mode", mode=mode)

    def call(self, uri: str) -> PhoneCall:
        """Send an INVITE to `uri` and return the call; see its `wait_...` for what comes of it.

        baresip-debian has one call at a time: PhoneError.
        """
        number = int(self._agent.ask("call", uri=uri)["call"])
        with self._agent.changed:
            call = self._known_call(number)
            call.callee = uri
        return call

    def wait_incoming(self, timeout: float = PATIENCE_SECONDS) -> PhoneCall:
        """The next incoming call that was not yet taken from here; waits for it. In "ring" mode it rings."""
        return self._agent.wait(lambda: self._incoming.pop(0) if self._incoming else None, timeout, "an incoming call")

    def _register(self, command: str, timeout: float, **args: int) -> None:
        with self._agent.changed:
            self._registrations.clear()
        self._agent.ask(command, **args)
        status, reason = self._agent.wait(
            lambda: self._registrations[0] if self._registrations else None, timeout, f"the outcome of {command}"
        )
        if not 200 <= status < 300:
            raise RegistrationRefused(status, reason)

    def _take_event(self, event: Message) -> None:
        """In the reader thread, with the agent's `changed` held."""
        if event["event"] == "registration":
            self.registered = event["registered"]
            self._registrations.append((event["status"], event["reason"]))
            return
        call = self._known_call(event["call"])
        if event["event"] == "incoming":
            call.caller, call.callee = bare_uri(event["caller"]), bare_uri(event["callee"])
            self._incoming.append(call)
        else:
            call.update(event)

    def _known_call(self, number: int) -> PhoneCall:
        """The call of that number; an event may come before the answer that first names the call."""
        return self._calls.setdefault(number, PhoneCall(self._agent, number))
