"""The failure of a command, apart from wrong usage: the exit status is 1."""

from __future__ import annotations

from typing import Any


class FailedError(Exception):
    """The API has refused a call or can't be reached.

    `problem` is the API's own (RFC 9457), or one in its shape with at least `code` and `detail`. `request_id` is the
    name of the call in the service's logs, "" when it never came there.
    """

    def __init__(self, problem: dict[str, Any], request_id: str = "") -> None:
        super().__init__(problem["detail"])
        self.problem = problem
        self.request_id = request_id
