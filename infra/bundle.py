"""The folder that becomes the functions' code."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from infra.build_cache import cached_folder
from infra.sources import CACHE, ROOT

# The canary is a function, too; it needs no more of the command line.
_PACKAGES: Final = ("directory", "lambdas", "sipctl/user_agent")
_REQUIREMENTS: Final = ROOT / "lambdas" / "requirements.txt"
# The functions' runtime and architecture, as infra/function.py names them.
_TARGET: Final = (
    *("--python-version", "3.13"),
    *("--platform", "manylinux_2_28_aarch64", "--platform", "manylinux_2_17_aarch64"),
)
# What an installation notes of itself differs from one to the next; and functions have no use for commands.
_NOISE: Final = ("**/__pycache__", "*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED", "bin")


class BundleError(Exception):
    """The packages can't be had; the message tells why."""


def bundle(platform: Literal["aws", "host"]) -> Path:
    """A folder with the functions' source and, for AWS, the packages they need.

    For the host it holds the source alone: what runs the functions there has the packages already. Raises BundleError.
    """
    packages = _packages() if platform == "aws" else None

    def make(folder: Path) -> None:
        if packages:
            shutil.copytree(packages, folder)
        _copy_source(folder)

    digest = hashlib.sha256(packages.name.encode() if packages else b"")
    for path in _source():
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return cached_folder(_cache() / f"{platform}-{digest.hexdigest()[:16]}", make)


def _packages() -> Path:
    """A folder with the packages alone: they seldom change, and getting them takes a network."""
    what = "\0".join((*_TARGET, *_NOISE, _REQUIREMENTS.read_text()))
    return cached_folder(_cache() / f"packages-{hashlib.sha256(what.encode()).hexdigest()[:16]}", _install_packages)


def _cache() -> Path:
    return CACHE.absolute() / "lambda"


def _source() -> Iterator[Path]:
    for package in _PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def _copy_source(folder: Path) -> None:
    for path in _source():
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _install_packages(folder: Path) -> None:
    install = (
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(folder)),
        *("--only-binary", ":all:", *_TARGET, "--require-hashes", "--requirement", str(_REQUIREMENTS)),
    )
    result = subprocess.run(install, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        raise BundleError(f"the functions' packages can't be installed: {result.stderr.strip()}")
    for pattern in _NOISE:
        for found in list(folder.glob(pattern)):
            shutil.rmtree(found) if found.is_dir() else found.unlink()
