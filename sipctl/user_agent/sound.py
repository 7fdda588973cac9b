"""Tones in RTP packets of G.711 mu-law, and the ear that tells them from anything else."""

from __future__ import annotations

import math
import secrets
import struct
from typing import Final

PACKET_S: Final = 0.02
_RATE: Final = 8000
_SAMPLES: Final = 160
_VERSION: Final = 0x80
_PCMU: Final = 0
_HEADER: Final = struct.Struct("!BBHII")
_LOUDNESS: Final = 8000
# Of a packet's power; a pure tone has nearly all of it, noise and speech have little at one frequency.
_LEAST_SHARE: Final = 0.5
_BIAS: Final = 0x84
_CLIP: Final = 32635


class Tone:
    """A tone of a frequency in Hz as a stream of packets."""

    def __init__(self, frequency: int) -> None:
        self._frequency = frequency
        self._source = secrets.randbits(32)
        self._sent = 0

    def packet(self) -> bytes:
        """Returns the next 20 ms."""
        first = self._sent * _SAMPLES
        step = 2 * math.pi * self._frequency / _RATE
        samples = (int(_LOUDNESS * math.sin(step * (first + place))) for place in range(_SAMPLES))
        header = _HEADER.pack(_VERSION, _PCMU, self._sent & 0xFFFF, first & 0xFFFFFFFF, self._source)
        self._sent += 1
        return header + bytes(map(_encoded, samples))


class Ear:
    """Counts the packets in which a tone of a frequency in Hz is heard; `packets` counts all that came."""

    def __init__(self, frequency: int) -> None:
        self._frequency = frequency
        self.packets = 0
        self.heard = 0

    def hear(self, packet: bytes) -> None:
        """Takes a packet. RTCP and anything else that is no G.711 does not count."""
        if len(packet) < _HEADER.size or packet[0] >> 6 != 2 or packet[1] & 0x7F != _PCMU:
            return
        begin = _HEADER.size + 4 * (packet[0] & 0x0F)
        samples = [_DECODED[value] for value in packet[begin:]]
        self.packets += 1
        if samples and _share(samples, self._frequency) > _LEAST_SHARE:
            self.heard += 1


def _share(samples: list[int], frequency: int) -> float:
    """The share of the power that is at a frequency, 0 to 1 (Goertzel's algorithm)."""
    factor = 2 * math.cos(2 * math.pi * frequency / _RATE)
    last = before = 0.0
    for sample in samples:
        last, before = sample + factor * last - before, last
    power = last * last + before * before - factor * last * before
    total = sum(sample * sample for sample in samples) * len(samples) / 2
    return power / total if total else 0.0


def _encoded(sample: int) -> int:
    """A linear sample in mu-law (ITU-T G.711)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> (exponent + 3) & 0x0F) & 0xFF


def _linear(value: int) -> int:
    inverted = ~value & 0xFF
    magnitude = ((((inverted & 0x0F) << 3) + _BIAS) << (inverted >> 4 & 0x07)) - _BIAS
    return -magnitude if inverted & 0x80 else magnitude


_DECODED: Final = [_linear(value) for value in range(256)]
