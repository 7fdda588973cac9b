"""The emulator's data as text: all of it at a start, then only changes (ministack 1.5.33).

Items of DynamoDB are followed one by one, so the cost of a change does not grow with them.
Every other service is small, and is compared as a whole.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

from ministack import app
from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudformation, dynamodb, lambda_svc

from local.store import Changes, Store

# The change records that no function has seen yet. The emulator itself forgets them when it ends, and takes the first
# changes of the next run for records that its functions have seen.
_STREAMS: Final = "streams"
# Logs grow with every call, and are not worth their cost. They are kept when a run ends in order.
_AT_THE_END: Final = "cloudwatch_logs"
# A copy takes a few milliseconds, and a change that breaks it is rare.
_TRIES: Final = 5


class EmulatorState:
    """Tells what changed in this process's emulator. All methods are called in its event loop."""

    def __init__(self) -> None:
        self._touched: deque[tuple[str, str, str]] = deque()
        self._known: dict[str, str] = {}
        self._follow("_set_item")
        self._follow("_remove_item")
        # Functions' code stays within the state: files beside it would not belong to the same transaction.
        lambda_svc._externalize_code_zip = _leave
        lambda_svc._prune_orphan_code_blobs = _leave

    def load(self, store: Store) -> None:
        """Fill the emulator. Raises what the emulator raises when it does not understand a state."""
        self._known = store.services()
        states = {
            name: json.loads(text, object_hook=persistence._json_object_hook) for name, text in self._known.items()
        }
        streams = states.pop(_STREAMS, None)
        if "dynamodb" in states:
            _add_items(states["dynamodb"]["tables"]._data.values(), store)
        if streams:
            dynamodb._stream_records.update(streams["records"])
            dynamodb._stream_trimmed.update(streams["trimmed"])
        for name, state in states.items():
            app._get_module(app._state_map[name]).load_persisted_state(state)

    def add_changes(self, changes: Changes, *, services: bool, at_the_end: bool = False) -> None:
        """Add the changes since the last call; services besides DynamoDB's items only if asked for.

        Raises RuntimeError when a thread of the emulator kept changing a state while it was copied. The next call adds
        the rest.
        """
        changes.items |= self._touched_items()
        states = {_STREAMS: _unseen_records}
        if services:
            states |= {name: get for name, get in app._build_persistence_save_dict().items() if name != _AT_THE_END}
            states["dynamodb"] = _tables_without_items
        if at_the_end:
            states[_AT_THE_END] = app._get_module(_AT_THE_END).get_state
        for name, get_state in states.items():
            text = json.dumps(_copied(get_state), default=persistence._json_default)
            if self._known.get(name) != text:
                self._known[name] = changes.services[name] = text

    def is_deploying(self) -> bool:
        """Whether a stack is half way between two templates, from which no later run could go on."""
        stacks = cloudformation._stacks._data.values()
        return any(stack.get("StackStatus", "").endswith("_IN_PROGRESS") for stack in stacks)

    def has_touched_items(self) -> bool:
        """Whether an item has been written since the last call of `changes`."""
        return bool(self._touched)

    def _follow(self, name: str) -> None:
        """Note the key of every item that a function of the emulator writes."""
        write = getattr(dynamodb, name)

        def write_and_note(table: Any, partition: str, sort: str, *item: Any) -> Any:
            written = write(table, partition, sort, *item)
            self._touched.append((table["TableId"], partition, sort))
            return written

        setattr(dynamodb, name, write_and_note)

    def _touched_items(self) -> dict[str, str | None]:
        tables = {table["TableId"]: table["items"] for table in dynamodb._tables._data.values()}
        items: dict[str, str | None] = {}
        # Another thread, which removes expired items, may append meanwhile.
        while self._touched:
            table_id, partition, sort = self._touched.popleft()
            item = tables.get(table_id, {}).get(partition, {}).get(sort)
            items[json.dumps((table_id, partition, sort))] = None if item is None else json.dumps(item)
        return items


def _add_items(tables: Iterable[Any], store: Store) -> None:
    """Put the stored items into their tables. Those of tables that were deleted stay where they are."""
    by_id = {table["TableId"]: table for table in tables}
    for key, item in store.items():
        table_id, partition, sort = json.loads(key)
        if table_id in by_id:
            by_id[table_id]["items"].setdefault(partition, {})[sort] = json.loads(item)


def _copied(get_state: Callable[[], Any]) -> Any:
    """The copy of a state that threads of the emulator may change at the same time."""
    for _ in range(_TRIES):
        with suppress(RuntimeError):
            return get_state()
    return get_state()


def _leave(*_: object) -> None:
    """Does nothing, in the place of a function of the emulator."""


def _tables_without_items() -> Any:
    """DynamoDB's state, whose items are put aside while it is copied."""
    tables = list(dynamodb._tables._data.values())
    with dynamodb._lock:  # against the thread that removes expired items
        items = [table["items"] for table in tables]
        try:
            for table in tables:
                table["items"] = {}
            return dynamodb.get_state()
        finally:
            for table, its in zip(tables, items, strict=True):
                table["items"] = its


def _unseen_records() -> Any:
    """The records of each table's stream from the first that not all functions have seen, and its position."""
    records, trimmed = AccountRegionScopedDict(), AccountRegionScopedDict()
    seen: dict[str, int] = {}
    for key, mapping in lambda_svc._esms._data.items():
        position = lambda_svc._dynamodb_stream_positions._data.get(key, 0)
        source = mapping["EventSourceArn"]
        seen[source] = min(position, seen.get(source, position))
    for key, all_records in dynamodb._stream_records._data.items():
        first = dynamodb._stream_trimmed._data.get(key, 0)
        end = first + len(all_records)
        position = max(first, seen.get(dynamodb._tables._data[key]["LatestStreamArn"], end))
        records._data[key] = all_records[position - first :]
        trimmed._data[key] = position
    return {"records": records, "trimmed": trimmed}
