"""The ear hears its own tone, and nothing else."""

from __future__ import annotations

import random

import pytest

from sipctl.user_agent.sound import Ear, Tone


def heard(frequency: int, packets: list[bytes]) -> int:
    ear = Ear(frequency)
    for packet in packets:
        ear.hear(packet)
    return ear.heard


def packets(frequency: int) -> list[bytes]:
    tone = Tone(frequency)
    return [tone.packet() for _ in range(50)]


@pytest.mark.parametrize("frequency", [400, 440, 950, 1000])
def test_a_tone_is_heard(frequency: int) -> None:
    assert heard(frequency, packets(frequency)) == 50


@pytest.mark.parametrize(("sent", "awaited"), [(400, 950), (950, 400), (475, 950), (1900, 950)])
def test_another_tone_is_not(sent: int, awaited: int) -> None:
    assert heard(awaited, packets(sent)) == 0


def test_silence_noise_and_other_packets_are_not_heard() -> None:
    head = packets(400)[0][:12]
    noise = random.Random(7)
    assert heard(400, [head + b"\xff" * 160, head + noise.randbytes(160), head]) == 0
    tone = packets(400)[0]
    rtcp, telephone_event, stun = b"\x80\xc8" + tone[2:], b"\x80\x65" + tone[2:], b"\x00\x01" + tone[2:]
    assert heard(400, [rtcp, telephone_event, stun, b"", b"\x80\x00"]) == 0


def test_contributing_sources_are_skipped() -> None:
    tone = packets(400)[0]
    assert heard(400, [b"\x82" + tone[1:12] + bytes(8) + tone[12:]]) == 1


def test_packets_follow_each_other() -> None:
    numbers = [(int.from_bytes(p[2:4], "big"), int.from_bytes(p[4:8], "big")) for p in packets(400)]
    assert numbers == [(number, 160 * number) for number in range(50)]
