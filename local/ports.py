"""Whether a port is free."""

from __future__ import annotations

import errno
import socket

from local.failure import StartError
from local.settings import HOST


def require_free(variable: str, port: int, *kinds: socket.SocketKind) -> None:
    """Raises StartError, naming the variable that chooses the port, when it is taken for one of the kinds."""
    for kind in kinds:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                protocol = "TCP" if kind is socket.SOCK_STREAM else "UDP"
                reason = "is taken" if error.errno == errno.EADDRINUSE else f"can't be used ({error.strerror})"
                raise StartError(f"{protocol} port {port} {reason}; choose another by {variable}=") from None
