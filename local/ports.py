"""Ports that the service needs."""

from __future__ import annotations

import errno
import socket
from typing import Final

from local.failure import StartError
from local.settings import HOST

# As many as asyncio queues by itself.
_BACKLOG: Final = 100


def listening_socket(variable: str, port: int) -> socket.socket:
    """A socket that listens on the TCP port. Raises StartError as `require_free` does."""
    listening = _bound(variable, port, socket.SOCK_STREAM)
    listening.listen(_BACKLOG)
    return listening


def require_free(variable: str, port: int, *kinds: socket.SocketKind) -> None:
    """Raises StartError, naming the variable that chooses the port, when it is taken for one of the kinds."""
    for kind in kinds:
        _bound(variable, port, kind).close()


def _bound(variable: str, port: int, kind: socket.SocketKind) -> socket.socket:
    bound = socket.socket(socket.AF_INET, kind)
    if kind is socket.SOCK_STREAM:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        protocol = "TCP" if kind is socket.SOCK_STREAM else "UDP"
        reason = "is taken" if error.errno == errno.EADDRINUSE else f"can't be used ({error.strerror})"
        raise StartError(f"{protocol} port {port} {reason}; choose another by {variable}=") from None
    return bound
