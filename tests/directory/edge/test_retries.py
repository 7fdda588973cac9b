"""A budget of earlier calls bounds the retries of throttled ones."""

from __future__ import annotations

from directory.edge.retries import Retries


def test_pauses_grow_and_end_and_are_never_the_same() -> None:
    for failed, longest in ((1, 0.05), (2, 0.1), (3, 0.2)):
        pauses = [Retries().pause(failed) for _ in range(50)]
        assert all(pause is not None and 0 <= pause <= longest for pause in pauses)
        assert len(set(pauses)) > 40
    assert Retries().pause(4) is None


def test_a_load_that_fails_grows_by_a_tenth_at_most() -> None:
    retries = Retries()
    while retries.pause(1) is not None:
        pass
    works, again = 10_000, 0
    for _ in range(works):
        retries.earn()
        failed = 1
        while retries.pause(failed) is not None:
            again += 1
            failed += 1
    assert works * 0.09 < again <= works * 0.1


def test_what_was_saved_is_bounded() -> None:
    retries = Retries()
    for _ in range(10_000):
        retries.earn()
    assert sum(retries.pause(1) is not None for _ in range(1000)) == 100
