"""Lists that are answered page by page."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from typing_extensions import TypedDict

from lambdas.problem import invalid

ItemT = TypeVar("ItemT")

MAX_SIZE: Final = 100


class Page(TypedDict, Generic[ItemT]):
    """One page of a list, and the token to ask for the next one with: "" on the last."""

    result: Sequence[ItemT]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The page that is asked for.

    It has a number of items, and the id of the item it begins behind (None: at the first).
    """

    size: int
    after_id: str | None


def wanted(parameters: Mapping[str, str], ids: re.Pattern[str]) -> Wanted:
    """The page that a request's query asks for, in a list whose ids look like `ids`.

    `page_size` is 1..100, by default 100; `page_token` is that of the page before. An empty one counts as absent.
    Raises RefusedError with 422.
    """
    return Wanted(_size(parameters.get("page_size", "")), _after_id(parameters.get("page_token", ""), ids))


def page(result: Sequence[ItemT], last_id: str | None) -> Page[ItemT]:
    """The answer that holds some items of a list, which goes on behind `last_id` (None: it does not)."""
    return {"result": result, "next_page_token": _token(last_id) if last_id else ""}


def _size(text: str) -> int:
    if not text:
        return MAX_SIZE
    if re.fullmatch("[0-9]{1,3}", text) and 1 <= int(text) <= MAX_SIZE:
        return int(text)
    raise invalid({"parameter": "page_size", "detail": f"This must be a number from 1 to {MAX_SIZE}."})


def _after_id(token: str, ids: re.Pattern[str]) -> str | None:
    if not token:
        return None
    try:
        after_id = base64.urlsafe_b64decode(token + "==").decode()
    except ValueError:
        after_id = ""
    if ids.fullmatch(after_id) and _token(after_id) == token:
        return after_id
    raise invalid({"parameter": "page_token", "detail": "This must be the next_page_token of another page."})


def _token(last_id: str) -> str:
    return base64.urlsafe_b64encode(last_id.encode()).decode().rstrip("=")
