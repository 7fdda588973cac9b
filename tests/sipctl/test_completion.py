"""The Tab key completes commands."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.calls.office import Office
from tests.sipctl.terminal import Terminal


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_theirs(terminal: Terminal, shell: str) -> None:
    assert "_SIPCTL_COMPLETE" in terminal.text("completion", shell)


def test_bash_takes_the_script(terminal: Terminal) -> None:
    bash = shutil.which("bash")
    assert bash
    script = terminal.text("completion", "bash") + "\ncomplete -p sipctl"
    done = subprocess.run((bash, "--norc", "-c", script), capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.endswith(" sipctl\n")


def test_commands_and_usernames_are_completed(terminal: Terminal, office: Office) -> None:
    office.extension("office1")
    office.extension("lobby")
    assert completed(terminal, "sipctl ext", 1) == ["extensions"]
    assert completed(terminal, "sipctl extensions delete off", 3) == ["office1"]
    assert completed(terminal, "sipctl trace on off", 3) == ["office1"]
    assert completed(terminal, "sipctl --token wrong explain off", 4) == [""]


def completed(terminal: Terminal, line: str, word: int) -> list[str]:
    """Returns the completion that bash gets for a line whose word is being typed, or ""."""
    ended = terminal.run(_SIPCTL_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(word))
    assert ended.stderr == ""
    return [offer.rpartition(",")[2] for offer in ended.stdout.splitlines()]
