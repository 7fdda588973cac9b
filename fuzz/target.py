"""One target in a process of its own: `python -m fuzz.target NAME [libFuzzer options and files]`."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["sip_edge"]):
    from fuzz.targets import TARGETS


def main() -> None:
    """Hand over to libFuzzer, which doesn't come back."""
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name]())
    atheris.Fuzz()


if __name__ == "__main__":
    main()
