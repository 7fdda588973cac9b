"""A container without an engine: a root of its own that is read-only, and a user who may do nothing. Needs root."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

# What the base image has, the machine has: its programs and libraries, and this Python.
_SYSTEM: Final = ("/usr", "/bin", "/lib", "/lib64")
_DEVICES: Final = ("/dev/null", "/dev/urandom", "/dev/zero")
_PYTHON: Final = f"python{sys.version_info.major}.{sys.version_info.minor}"
_PACKAGES: Final = (
    f"{sys.base_prefix}/lib/{_PYTHON}/site-packages",
    "/usr/lib/python3/dist-packages",
    f"/usr/local/lib/{_PYTHON}/dist-packages",
)


class Container:
    """Runs commands as a user `uid:gid` without capabilities.

    Beside what the machine has the container has `folders`, each at its place. Commands run in the first of them. The
    packages of this Python are hidden. The network is the machine's.
    """

    def __init__(self, root: Path, folders: Mapping[str, Path], user: str) -> None:
        assert os.geteuid() == 0, "only root can make a container"
        root.chmod(0o755)
        self._root = root
        self._user, _, self._group = user.partition(":")
        self._folder = next(iter(folders))
        self._binds: dict[str, Path] = {"/proc": Path("/proc")}
        for name in dict.fromkeys((*_SYSTEM, sys.base_prefix)):
            if Path(name).is_symlink():
                (root / name[1:]).symlink_to(Path(name).readlink())
            elif Path(name).is_dir() and not any(name.startswith(f"{bound}/") for bound in _SYSTEM):
                self._binds[name] = Path(name)
        nothing = root / "nothing"
        nothing.mkdir()
        self._binds |= {name: nothing for name in _PACKAGES if Path(name).is_dir()}
        self._binds |= {name: Path(name) for name in _DEVICES} | dict(folders)
        for name, source in self._binds.items():
            self._make_room(name, source)
        # What an image calls python.
        (root / "python").mkdir()
        (root / "python" / "python").symlink_to(Path(sys.base_prefix) / "bin" / _PYTHON)

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], output: IO[bytes] | int
    ) -> subprocess.Popen[Any]:
        """Start a command; the process is the command's own."""
        return subprocess.Popen(
            ("unshare", "--mount", "sh", "-ec", self._script(command)),
            env={"PATH": "/python:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
        """A command's exit status, and what it prints."""
        with self.start(command, environment, subprocess.PIPE) as process:
            printed, _ = process.communicate(timeout=30)
        return process.returncode, printed.decode()

    def _make_room(self, name: str, source: Path) -> None:
        place = self._root / name[1:]
        if any(name.startswith(f"{bound}/") for bound in self._binds if bound != name):
            return  # it is there, in what is bound before
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            place.mkdir()
        else:
            place.touch()

    def _script(self, command: Sequence[str]) -> str:
        root = shlex.quote(str(self._root))
        lines = [f"mount --bind {root} {root}"]
        for name, source in self._binds.items():
            place = shlex.quote(f"{self._root}{name}")
            lines += [f"mount --bind {shlex.quote(str(source))} {place}", f"mount -o remount,bind,ro {place}"]
        confined = ("--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs")
        user = (f"--reuid={self._user}", f"--regid={self._group}")
        entered = ("chroot", str(self._root), "/usr/bin/setpriv", *user, *confined, "/usr/bin/env", "-C", self._folder)
        return "\n".join([*lines, f"mount -o remount,bind,ro {root}", f"exec {shlex.join([*entered, *command])}"])
