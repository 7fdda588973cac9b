"""The priority of the programs that tests start.

Two processors have to do for services, phones, browsers and compilers at once. Services and phones keep time: they come
before all else.
"""

from __future__ import annotations

import ctypes
import os
import resource
from contextlib import suppress
from typing import Final

_LIBC: Final = ctypes.CDLL(None)
_PR_CAPBSET_DROP: Final = 24  # prctl(2)
_CAP_SYS_NICE: Final = 23  # capabilities(7)
_BEHIND: Final = 10


def give_way() -> None:
    """Let this process, and what it starts, come after those that are preferred.

    None takes a real-time priority, as the audio threads of phones and browsers do. A dozen of them leaves everything
    else without time for seconds.
    """
    os.nice(_BEHIND)
    resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
    _LIBC.prctl(_PR_CAPBSET_DROP, _CAP_SYS_NICE)  # programs that root starts have the right by this capability alone


def prefer(process: int) -> None:
    """Let a process, and what it starts from now on, come first. Root alone may do that; others do without."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, process, 0)
