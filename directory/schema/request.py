"""The request of the API that is being carried out, so that what is written for it tells it.

It is context and no parameter: no write depends on it, and all writes of a request have the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_request_id: Final[ContextVar[str]] = ContextVar("request_id", default="")


@contextmanager
def carrying_out(request_id: str) -> Iterator[None]:
    """While this lasts, what is written carries the request's id."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)


def current_request() -> str:
    """The id of the request that is being carried out, "" for none."""
    return _request_id.get()
