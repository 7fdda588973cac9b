"""The edges of a fleet share works without asking each other."""

from __future__ import annotations

from collections import Counter

from sip_edge.fleet.rendezvous import chosen

WORKS = [f"refresh pushes {number}" for number in range(1000)]
EDGES = [f"10.0.0.{number}:5070/018bcfe56800" for number in range(5)]


def test_edges_choose_alike_in_any_order() -> None:
    assert [chosen(EDGES, work) for work in WORKS] == [chosen(EDGES[::-1], work) for work in WORKS]


def test_each_edge_has_its_share() -> None:
    shares = Counter(chosen(EDGES, work) for work in WORKS)
    assert min(shares.values()) > 150


def test_an_edge_that_goes_moves_its_own_share_alone() -> None:
    moved = [work for work in WORKS if chosen(EDGES, work) != chosen(EDGES[1:], work)]
    assert all(chosen(EDGES, work) == EDGES[0] for work in moved)
