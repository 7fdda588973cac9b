"""The wait at an address: what is stored is what is read, and entries end by themselves."""

from __future__ import annotations

import pytest

from directory.schema.waiting import NO_WAITING, Waiting, waiting

NOW = 1_700_000_000


@pytest.mark.parametrize(
    "kept",
    [
        NO_WAITING,
        Waiting(NOW + 30),
        Waiting(0, (("10.0.0.1:5070/018bcfe56800", NOW + 9),)),
        Waiting(NOW + 30, (("10.0.0.1:5070/018bcfe56800", NOW + 9), ("[fd00::1]:5070/0a", NOW + 8))),
    ],
)
def test_what_is_stored_is_read(kept: Waiting) -> None:
    assert waiting(kept.text()) == kept


def test_no_wait_takes_no_room() -> None:
    assert NO_WAITING.text() == ""


def test_an_edge_stands_there_once_and_those_that_are_over_leave() -> None:
    first = NO_WAITING.with_edge("a", NOW + 5, NOW).with_edge("b", NOW + 9, NOW)
    again = first.with_edge("a", NOW + 15, NOW + 6)
    assert again.edges == (("b", NOW + 9), ("a", NOW + 15))
    assert again.with_edge("c", NOW + 20, NOW + 10).edges == (("a", NOW + 15), ("c", NOW + 20))


def test_edges_that_wait_at_a_time() -> None:
    kept = Waiting(0, (("a", NOW + 5), ("b", NOW + 9)))
    assert kept.edges_at(NOW + 5) == ["b"]
    assert (kept.until("a"), kept.until("c")) == (NOW + 5, 0)


def test_an_edge_leaves_the_memory_of_a_loss_alone() -> None:
    assert Waiting(NOW + 30).with_edge("a", NOW + 5, NOW).lost_until == NOW + 30
    assert NO_WAITING.with_edge("a", NOW + 5, NOW).with_loss(NOW + 30).edges == (("a", NOW + 5),)
