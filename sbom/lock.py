"""Reads the packages that a lock (requirements.txt) installs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Package:
    """One package; `hashes` are the SHA-256 of all files of that version, for all platforms."""

    name: str
    version: str
    hashes: tuple[str, ...]


def packages(lock: Path, environment: Mapping[str, str] | None = None) -> Iterator[Package]:
    """The packages of a lock; those alone that an environment takes, if its markers are given (PEP 508)."""
    text = re.sub(r"^\s*#.*\n", "", lock.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    for line in text.splitlines():
        requirement = Requirement(line.partition(" --hash")[0])
        if environment and requirement.marker and not requirement.marker.evaluate(dict(environment)):
            continue
        (pin,) = requirement.specifier
        yield Package(requirement.name, pin.version, tuple(_HASH.findall(line)))
