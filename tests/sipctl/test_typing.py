"""A person types a password."""

from __future__ import annotations

import fcntl
import os
import pty
import subprocess
import termios

from tests.calls.office import Office
from tests.service import Service
from tests.sipctl.terminal import PROGRAM

CANARY = "canary-5b3e-must-not-sing"


def test_what_is_typed_is_not_shown(service: Service, office: Office) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        (PROGRAM, "extensions", "create", "office1"),
        env={**os.environ, "SIP_API_URL": service.api_url, "SIP_API_TOKEN": office.token},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    shown = ""
    for question in ("Password: ", "Repeat for confirmation: "):
        shown += read_until(ours, question)
        os.write(ours, f"{CANARY}\n".encode())
    shown += read_until(ours, "")
    os.close(ours)
    assert process.wait(30) == 0, shown
    assert "office1" in shown
    assert CANARY not in shown


def read_until(terminal: int, text: str) -> str:
    """Returns the terminal's output until it has the text, or to its end when that is empty."""
    shown = ""
    while not text or not shown.endswith(text):
        try:
            part = os.read(terminal, 1024)
        except OSError:  # Linux's way to say that everybody has closed it
            part = b""
        if not part:
            assert not text, shown
            break
        shown += part.decode()
    return shown
