"""The library in the page is the one that its makers have published."""

from __future__ import annotations

import hashlib
from pathlib import Path

UQR = Path(__file__).parents[2] / "page" / "vendor" / "uqr-0.1.3"
PUBLISHED = "7f0e61c2f13bb3724edee7bfb876e13c54ac9ee4fcfa283c9fa93cfb1241c325"
"""The SHA-256 of dist/index.mjs in uqr 0.1.3 at npm."""


def test_the_qr_library_is_the_published_one() -> None:
    assert hashlib.sha256((UQR / "uqr.js").read_bytes()).hexdigest() == PUBLISHED
    assert "MIT License" in (UQR / "LICENSE").read_text()
