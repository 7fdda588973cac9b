"""A real softphone on a mobile. Its system suspends or ends it, and a push wakes it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from tests.agents.phone import Phone, RegistrationRefused

EXPIRES_S = 600  # longer than the least expiry of a phone that is pushed


class Sleep(Enum):
    """The state of an app that is not on the screen."""

    SUSPENDED = "suspended"
    ENDED = "ended"


class Sleeper:
    """A phone that registers at once. `make_phone` makes one with the same account and push parameters each time."""

    def __init__(self, make_phone: Callable[[], Phone]) -> None:
        self._make_phone = make_phone
        self._sleep: Sleep | None = None
        self.phone = make_phone()

    def __enter__(self) -> Sleeper:
        self.phone.start()
        self.phone.register(EXPIRES_S)
        return self

    def __exit__(self, *_: object) -> None:
        if self._sleep is Sleep.SUSPENDED:
            self.phone.resume()
        self.phone.close()

    def fall_asleep(self, how: Sleep) -> None:
        """Be suspended with open sockets, or ended."""
        self._sleep = how
        if how is Sleep.SUSPENDED:
            self.phone.suspend()
        else:
            self.phone.kill()

    def wake(self) -> None:
        """Do as an app does whose push has come: go on or start, and register."""
        if self._sleep is Sleep.SUSPENDED:
            self.phone.resume()
            try:
                self.phone.refresh()
            except RegistrationRefused:  # over a connection that has ended meanwhile
                self.phone.refresh()
        else:
            self.phone.close()
            self.phone = self._make_phone()
            self.phone.start()
            self.phone.register(EXPIRES_S)
        self._sleep = None
