"""A sound card without hardware: a PulseAudio with a pipe to speak into and one to listen to."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from .child import Child, find_program
from .recordings import Recordings
from .settings import SAMPLE_RATE
from .tone import make_tone

FRAME_MS = 20
START_ATTEMPTS = 100
ATTEMPT_SECONDS = 0.1
PIPE_BYTES = 65536
ASOUND = """\
pcm.!default {{ type pulse server "unix:{socket}" }}
ctl.!default {{ type pulse server "unix:{socket}" }}
"""


class PulseCard:
    """The default card of programs whose HOME is the folder. They hear a tone of `tone_hz` Hz, all the time."""

    def __init__(self, folder: Path, tone_hz: int) -> None:
        self._folder = folder
        self._tone_hz = tone_hz
        self._recordings = Recordings()

    async def start(self) -> None:
        """Start it and wait until it can be used. Raises OSError."""
        socket, sound = self._folder / "pulse.sock", f"format=s16le rate={SAMPLE_RATE} channels=1"
        (self._folder / ".asoundrc").write_text(ASOUND.format(socket=socket))
        modules = (
            f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
            f"module-pipe-sink file={self._folder / 'heard'} use_system_clock_for_timing=yes {sound}",
            f"module-pipe-source file={self._folder / 'said'} {sound}",
        )
        self._server = Child(
            [
                *("env", f"HOME={self._folder}", f"XDG_RUNTIME_DIR={self._folder}"),
                *(find_program("pulseaudio", "pulseaudio"), "-n", "--daemonize=no", "--exit-idle-time=-1"),
                *(option for module in modules for option in ("-L", module)),
            ],
            self._folder,
        )
        for _ in range(START_ATTEMPTS):
            if (self._folder / "said").exists() and socket.exists():
                break
            await asyncio.sleep(ATTEMPT_SECONDS)
        self._heard = os.open(self._folder / "heard", os.O_RDONLY | os.O_NONBLOCK)
        self._said = os.open(self._folder / "said", os.O_RDWR | os.O_NONBLOCK)
        asyncio.get_running_loop().add_reader(self._heard, self._hear)
        self._speaking = asyncio.create_task(self._speak())

    async def record(self, seconds: float) -> bytes:
        """Record the programs for so many seconds from now: 16-bit mono PCM."""
        return await self._recordings.record(seconds)

    def end(self) -> None:
        """End the server."""
        self._server.end()

    def _hear(self) -> None:
        self._recordings.hear(os.read(self._heard, PIPE_BYTES))

    async def _speak(self) -> None:
        """Write the tone as fast as it is to be heard."""
        loop = asyncio.get_running_loop()
        started, samples = loop.time(), 0
        while True:
            frame = make_tone(self._tone_hz, FRAME_MS, samples)
            with suppress(BlockingIOError):
                os.write(self._said, frame)
            samples += len(frame) // 2
            await asyncio.sleep(max(0.0, started + samples / SAMPLE_RATE - loop.time()))
