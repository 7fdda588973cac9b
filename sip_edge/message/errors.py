"""The faults of messages."""

from __future__ import annotations


class MalformedError(ValueError):
    """A message, or a part of it, that is malformed.

    The text names the part and never repeats what stood there: it may be a credential.
    """


class RejectError(Exception):
    """A request that has to be refused. `status` is code and reason of the answer, `headers` are further lines.

    `reason` names it for those who ask later (`directory.schema.reasons`), where `status` is not enough to tell.
    """

    def __init__(self, status: str, *headers: str, reason: str = "malformed") -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.reason = reason
