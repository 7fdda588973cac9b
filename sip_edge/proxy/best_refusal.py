"""The choice of the best refusal among those of a request's branches (RFC 3261 §16.7 steps 6 and 7)."""

from __future__ import annotations

from typing import Final

from sip_edge.message.errors import RejectError
from sip_edge.message.message import Response

_INFORMATIVE: Final = frozenset((401, 407, 415, 420, 484))  # the caller can do something about these
_CHALLENGES: Final = frozenset(("www-authenticate", "proxy-authenticate"))


class BestRefusal:
    """The best of the refusals so far.

    `status` is 0 before the first refusal. `answer` is a response that came, or the refusal of a session description.
    It is None when a branch got no answer.
    """

    __slots__ = ("_challenges", "answer", "status")

    def __init__(self) -> None:
        self.status = 0
        self.answer: Response | RejectError | None = None
        self._challenges: list[tuple[Response, str, str]] = []

    def add(self, status: int, answer: Response | RejectError | None) -> None:
        """Take in the end of a branch with that status."""
        if status in (401, 407) and isinstance(answer, Response):
            for name, line in zip(answer.names, answer.lines, strict=True):
                if name in _CHALLENGES:
                    self._challenges.append((answer, name, line))
        if not self.status or _rank(status) < _rank(self.status):
            self.status, self.answer = status, answer

    def merged(self, response: Response) -> bytes:
        """The response for the caller: a challenge also has those of all other branches (§16.7 step 7)."""
        if response.status in (401, 407):
            for origin, name, line in self._challenges:
                if origin is not response:
                    response.names.append(name)
                    response.lines.append(line)
        return response.encode()


def _rank(status: int) -> tuple[int, int, int]:
    """Smaller is better: any 6xx first, then the lowest class, in it an answer that helps the caller, silence last."""
    return (
        0 if status >= 600 else status // 100,
        0 if status in _INFORMATIVE else 1,
        1 if status in (408, 503) else 0,
    )
