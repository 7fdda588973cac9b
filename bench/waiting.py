"""Measures a write while others wait with it: the address book alone, against the endpoint."""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import Final

import uvloop

from bench import interpreter
from bench.peers.edge import EDGE_ENVIRONMENT
from bench.places import CUSTOMER, username
from directory.edge.address_book import CALLS_AT_ONCE, AddressBook, Unavailable
from directory.edge.lean_client import LeanClient
from directory.schema.model import Address, Binding, aor

NUMBERS: Final = (1, 2, 4, 8, 16, 32, 64)
_WRITES: Final = 800


def cost_of_waiting() -> dict[int, float]:
    """CPU microseconds of a write, by how many are given to the address book at once. The endpoint has to run."""
    found: dict[str, float] = json.loads(interpreter.run("bench.waiting", **EDGE_ENVIRONMENT))
    return {int(number): cost for number, cost in found.items()}


async def _measure_all() -> dict[int, float]:
    client = LeanClient(CALLS_AT_ONCE)
    book = AddressBook(client, os.environ, asyncio.get_running_loop())
    found: dict[int, float] = {}
    versions: dict[str, int] = {}
    for number in (1, *NUMBERS):  # the first one warms up
        begun, used = 0, time.process_time()
        while begun < _WRITES:
            await asyncio.gather(*(_write(book, aor(username(i), CUSTOMER), versions) for i in range(number)))
            begun += number
        found[number] = (time.process_time() - used) / begun * 1e6
    await book.close()
    await client.close()
    return found


async def _write(book: AddressBook, key: str, versions: dict[str, int]) -> None:
    seen = versions.get(key, 1)
    written: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    binding = Binding(
        contact="sip:phone@192.0.2.7:5060",
        call_id="registration-of-phone",
        cseq=seen,
        flow="UDP/192.0.2.7:5060",
        edge="192.0.2.1:5060",
        source="192.0.2.7:5060",
        transport="UDP",
        registered=1_700_000_000,
        expires=1_700_003_600,
        user_agent="bench",
    )
    book.write(Address(key, "", "", 1, seen + 1, (binding,), "0" * 16, 1), seen, written.set_result)
    outcome = await written
    if isinstance(outcome, Unavailable):
        raise RuntimeError(outcome.reason)
    versions[key] = seen + 1


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_measure_all())))
