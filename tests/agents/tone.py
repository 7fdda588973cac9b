"""Tones as PCM: making one, and telling whether a sound is one."""

from __future__ import annotations

import math
from array import array

from .settings import SAMPLE_RATE

AMPLITUDE = 8000.0
"""Of the tones made here, out of 32767: loud, and far from clipping in any codec."""

BLOCK = SAMPLE_RATE // 20
"""Samples judged at a time (50 ms). A lost packet spoils one block and not the whole recording."""

AUDIBLE_RMS = 300.0
"""A block under this (out of 32767) is silence: comfort noise and codec hiss stay below 50."""

DOMINANT_SHARE = 0.7
"""Of a block's energy, what the tone itself must hold. G.711 of a pure tone leaves more than 0.99."""


def make_tone(frequency: int, milliseconds: int, start_sample: int = 0) -> bytes:
    """16-bit mono PCM of a sine of `frequency` Hz, in phase with a tone that began `start_sample` samples earlier."""
    step = 2 * math.pi * frequency / SAMPLE_RATE
    count = SAMPLE_RATE * milliseconds // 1000
    return array("h", (int(AMPLITUDE * math.sin(step * (start_sample + i))) for i in range(count))).tobytes()


def is_tone(pcm: bytes, frequency: int) -> bool:
    """Whether more than half of the 50 ms blocks of `pcm` (16-bit mono) are that tone, in Hz."""
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    blocks = [samples[i : i + BLOCK] for i in range(0, len(samples) - BLOCK + 1, BLOCK)]
    return bool(blocks) and 2 * sum(_dominates(block, frequency) for block in blocks) > len(blocks)


def is_silence(pcm: bytes) -> bool:
    """Whether every 50 ms block of `pcm` (16-bit mono) is below what can be heard. True of an empty `pcm`."""
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    return all(_rms(samples[i : i + BLOCK]) < AUDIBLE_RMS for i in range(0, len(samples), BLOCK))


def _rms(block: array[int]) -> float:
    return math.sqrt(sum(sample * sample for sample in block) / len(block))


def _dominates(block: array[int], frequency: int) -> bool:
    """Goertzel: the energy of `block` at one frequency against all of its energy."""
    if _rms(block) < AUDIBLE_RMS:
        return False
    coefficient = 2 * math.cos(2 * math.pi * frequency / SAMPLE_RATE)
    last = before = 0.0
    for sample in block:
        last, before = sample + coefficient * last - before, last
    power = last * last + before * before - coefficient * last * before
    total = sum(sample * sample for sample in block) * len(block) / 2
    return power > DOMINANT_SHARE * total
