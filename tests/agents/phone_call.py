"""One call of a test phone, as a test sees it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

from .process import PATIENCE_SECONDS, AgentProcess, Message, PhoneError, PhoneTimeoutError
from .tone import is_silence, is_tone

LISTEN_SECONDS = 0.2
"""Length of one recording while waiting for a sound to begin or to stop."""


class PhoneCall:
    """A call, outgoing or incoming. Its state changes only by what the agent reports; every wait has an end."""

    def __init__(self, agent: AgentProcess, number: int, caller: str = "", callee: str = "") -> None:
        self.number = number
        self.caller = caller
        """The From URI of an incoming call."""
        self.callee = callee
        """The To URI of an incoming call, or what an outgoing call was dialled with."""
        self.ringing = False
        self.established = False
        self.ended: tuple[int, str] | None = None
        """Status code and reason once the call is over. See `wait_ended`."""
        self.on_hold = False
        """Whether this phone has put the call on hold and the far end has agreed."""
        self.on_hold_by_peer = False
        """Whether the far end has put this phone on hold."""
        self._agent = agent

    def wait_ringing(self, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait for a 180 or 183 to an outgoing call. Raises PhoneError when the call ends before."""
        self._wait(lambda: self.ringing or self.established, timeout, "the far end to ring")

    def wait_established(self, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait until the call was answered and confirmed. Raises PhoneError when the call ends before."""
        self._wait(lambda: self.established, timeout, "the call to be established")

    def wait_ended(self, timeout: float = PATIENCE_SECONDS) -> tuple[int, str]:
        """Wait for the end and return (status, reason).

        An outgoing call that was not answered: the final response, 487 when cancelled. An incoming one: the response
        given, 487 when the caller cancelled. A call that had been established: 200, whoever hung up. Nothing came
        at all: 408. The reason is the stack's wording; test the status.
        """
        return self._agent.wait(lambda: self.ended, timeout, f"call {self.number} to end")

    def wait_held_by_peer(self, held: bool = True, timeout: float = PATIENCE_SECONDS) -> None:
        """Wait until the far end has put this phone on hold, or (`held` false) has taken it off hold again.

        baresip-debian does not tell: use `wait_silence`. And it cannot be listened to after any hold.
        """
        what = "the far end to hold the call" if held else "the far end to resume the call"
        self._wait(lambda: self.on_hold_by_peer is held, timeout, what)

    def answer(self) -> None:
        """Answer an incoming call that rings (200)."""
        self._agent.ask("answer", call=self.number)

    def reject(self, code: int = 486) -> None:
        """Refuse an incoming call that rings. Raises PhoneError for a code the stack cannot send.

        pjsua2, kamailio and jssip send any, the others 486.
        """
        self._agent.ask("reject", call=self.number, code=code)

    def hangup(self) -> None:
        """End the call: BYE when established, CANCEL before; nothing when it is over already.

        The end is reported later: see `wait_ended`. An incoming call that still rings is refused (pjsua2 and
        kamailio: 603, the others: 486).
        """
        self._agent.ask("hangup", call=self.number)

    def cancel(self) -> None:
        """Give up an outgoing call before it is answered; it ends with 487."""
        self.hangup()

    def hold(self, timeout: float = PATIENCE_SECONDS) -> None:
        """Put the far end on hold (re-INVITE, sendonly) and wait until it agreed. This phone's tone stops.

        Let the sound begin first (`wait_tone`). A baresip that is held within milliseconds of its answer sends a
        re-INVITE of its own. Of two that cross (491) it gives one up.
        """
        self.start_hold()
        self._wait(lambda: self.on_hold, timeout, "the hold to be agreed")

    def start_hold(self) -> None:
        """Send the re-INVITE of `hold` without waiting for its outcome."""
        self._agent.ask("hold", call=self.number)

    def resume(self, timeout: float = PATIENCE_SECONDS) -> None:
        """Take the far end off hold (re-INVITE, sendrecv) and wait until it agreed. The tone starts again."""
        self._agent.ask("resume", call=self.number)
        self._wait(lambda: not self.on_hold, timeout, "the resume to be agreed")

    def hears_tone(self, frequency: int = 440, seconds: float = 0.5) -> bool:
        """Listen for so many seconds from now and tell whether a tone of `frequency` Hz was what came."""
        return is_tone(self.listen(seconds), frequency)

    def wait_tone(self, frequency: int = 440, timeout: float = PATIENCE_SECONDS) -> None:
        """Listen until a tone of `frequency` Hz is heard. Raises PhoneError when it is not within `timeout` s."""
        self._wait_sound(lambda pcm: is_tone(pcm, frequency), timeout, f"a tone of {frequency} Hz")

    def wait_silence(self, timeout: float = PATIENCE_SECONDS) -> None:
        """Listen until nothing is heard for a moment. Raises PhoneError when it does not get silent in time."""
        self._wait_sound(is_silence, timeout, "silence")

    def listen(self, seconds: float) -> bytes:
        """Returns the sound of the next seconds: 16-bit mono PCM at 8000 Hz."""
        result = self._agent.ask("listen", call=self.number, seconds=seconds, timeout=seconds + PATIENCE_SECONDS)
        return base64.b64decode(result["pcm"])

    def update(self, event: Message) -> None:
        """Take over what an event of the agent says about this call."""
        if event["event"] == "hold":
            self.on_hold, self.on_hold_by_peer = event["here"], event["peer"]
        elif event["state"] == "ringing":
            self.ringing = True
        elif event["state"] == "established":
            self.established = True
        elif event["state"] == "ended":
            self.ended = (event["status"], event["reason"])

    def _wait(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        def settled() -> bool | None:
            if condition():
                return True
            return False if self.ended else None

        if not self._agent.wait(settled, timeout, f"{what} (call {self.number})"):
            raise PhoneError(self._agent.explain(f"call {self.number} ended with {self.ended} before {what}"))

    def _wait_sound(self, matches: Callable[[bytes], bool], timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        while not matches(self.listen(LISTEN_SECONDS)):
            if time.monotonic() > deadline:
                raise PhoneTimeoutError(self._agent.explain(f"listened {timeout:g} s for {what} in call {self.number}"))
