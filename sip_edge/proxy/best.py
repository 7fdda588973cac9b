"""The best of several refusals (RFC 3261 §16.7 step 6)."""

from __future__ import annotations

from typing import Final

_INFORMATIVE: Final = frozenset((401, 407, 415, 420, 484))  # the caller can do something about these


def rank(status: int) -> tuple[int, int, int]:
    """Smaller is better: any 6xx first, then the lowest class, in it what helps the caller, silence last."""
    return (
        0 if status >= 600 else status // 100,
        0 if status in _INFORMATIVE else 1,
        1 if status in (408, 503) else 0,
    )
