"""Listening in a WAV file that a program writes while we read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .settings import SAMPLE_RATE

HEADER_BYTES = 44
RATE_AT = 24
CHANNELS_AT = 22
BITS_AT = 34


class GrowingWav:
    """The sound that a program adds, from now on, to the newest file that a pattern finds in a folder.

    The files hold 16-bit mono PCM at SAMPLE_RATE. A program may begin a new file, or the same one anew, at any time.
    """

    def __init__(self, folder: Path, pattern: str) -> None:
        self._find: Callable[[], list[Path]] = lambda: list(folder.glob(pattern))
        self._file = self._newest()
        self._begin = self._size(self._file)

    def heard(self) -> bytes:
        """PCM that has come since this was made. Raises ValueError when the file has another format."""
        newest = self._newest()
        if newest is None or self._size(newest) <= HEADER_BYTES:
            return b""
        with newest.open("rb") as file:
            self._check(file.read(HEADER_BYTES))
            same = newest == self._file and self._size(newest) >= self._begin
            file.seek(max(self._begin, HEADER_BYTES) if same else HEADER_BYTES)
            return file.read()

    def _newest(self) -> Path | None:
        return max(self._find(), key=lambda path: path.stat().st_mtime_ns, default=None)

    @staticmethod
    def _size(path: Path | None) -> int:
        return path.stat().st_size if path else 0

    @staticmethod
    def _check(header: bytes) -> None:
        def number(at: int, size: int) -> int:
            return int.from_bytes(header[at : at + size], "little")

        if not any(header):
            return  # linphone writes the header when it closes the file.
        found = (number(RATE_AT, 4), number(CHANNELS_AT, 2), number(BITS_AT, 2))
        if found != (SAMPLE_RATE, 1, 16):
            raise ValueError(f"a WAV file of {found} (samples/s, channels, bits), and not ({SAMPLE_RATE}, 1, 16)")
