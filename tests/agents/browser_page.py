"""The page with the browser phones, made out of its sources and the pinned packages."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
from pathlib import Path

from infra.build_cache import cached_folder
from tests import npm

SOURCES = Path(__file__).parent / "browser"
CACHE = Path(__file__).parents[2] / ".cache"
FILES = (
    "index.html",
    "jssip.js",
    "package-lock.json",
    "package.json",
    "phone.js",
    "phones.js",
    "sipjs.js",
    "sound.js",
)
PACKAGES = ("jssip", "sip.js")


class BundleError(Exception):
    """The page cannot be bundled; the words of the bundler."""


def made_page() -> Path:
    """The folder with index.html and the one script, made only when a source has changed.

    Raises BundleError, NpmError.
    """
    digest = hashlib.sha256(b"".join((SOURCES / name).read_bytes() for name in FILES)).hexdigest()[:16]
    return cached_folder(CACHE / f"browser-phones-{digest}", _make)


def package_version(name: str) -> str:
    """The version of a package that the page is made of."""
    return str((made_page() / f"{name}-version").read_text())


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(SOURCES / name, folder)
    npm.install(folder)
    # No install script has run, and none has to: the bundler is ready in the package for this processor.
    bundler = folder / "node_modules" / "@esbuild" / f"linux-{_cpu()}" / "bin" / "esbuild"
    into = ("--bundle", "--allow-overwrite", "--outfile=phones.js", "--log-level=warning")
    bundled = subprocess.run((bundler, "phones.js", *into), cwd=folder, stderr=subprocess.PIPE, text=True, check=False)
    if bundled.returncode:
        raise BundleError(bundled.stderr)
    for name in PACKAGES:
        found = json.loads((folder / "node_modules" / name / "package.json").read_text())
        (folder / f"{name}-version").write_text(found["version"])
    shutil.rmtree(folder / "node_modules")


def _cpu() -> str:
    """This machine's processor as npm calls it."""
    return {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
