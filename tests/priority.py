"""The priority of the programs that tests start."""

from __future__ import annotations

import ctypes
import resource
from typing import Final

_LIBC: Final = ctypes.CDLL(None)
_PR_CAPBSET_DROP: Final = 24  # prctl(2)
_CAP_SYS_NICE: Final = 23  # capabilities(7)


def give_up_real_time() -> None:
    """Let no program of this process take a real-time priority, as the audio threads of phones and browsers do.

    A dozen of them leaves everything else on two processors without time for seconds.
    """
    resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
    _LIBC.prctl(_PR_CAPBSET_DROP, _CAP_SYS_NICE)  # root has the right by this capability alone
