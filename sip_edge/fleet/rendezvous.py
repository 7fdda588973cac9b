"""Chooses the edge of a fleet that does a work which one of them is to do (rendezvous hashing)."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2s


def chosen(edges: Sequence[str], work: str) -> str:
    """Returns the edge that does a work. Edges that know the same edges choose the same one.

    An edge that comes or goes moves only its own share of all works.
    """
    return max(edges, key=lambda edge: blake2s(f"{edge} {work}".encode(), digest_size=8).digest())
