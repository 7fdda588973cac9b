"""Recordings of the sound that an agent hears, for agents that hear in their loop's thread."""

from __future__ import annotations

import asyncio


class Recordings:
    """The recordings under way."""

    def __init__(self) -> None:
        self._under_way: list[bytearray] = []

    def hear(self, pcm: bytes) -> None:
        """Add sound to each of them."""
        for recording in self._under_way:
            recording += pcm

    async def record(self, seconds: float) -> bytes:
        """Returns the sound of the next seconds: 16-bit mono PCM."""
        recording = bytearray()
        self._under_way.append(recording)
        await asyncio.sleep(seconds)
        self._under_way.remove(recording)
        return bytes(recording)
