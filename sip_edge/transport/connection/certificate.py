"""The edge's own certificate, renewed without a restart."""

from __future__ import annotations

import ssl
from pathlib import Path


class Certificate:
    """A TLS context over a certificate and a key file (PEM). Raises OSError or ssl.SSLError when they are invalid."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._read = self._stamps()
        self.context.load_cert_chain(*self._files)

    def renew(self) -> bool:
        """Reads the files again if they have changed, for the connections from then on.

        Returns whether it was renewed. Raises OSError or ssl.SSLError when the new files are invalid. Then the old
        certificate stays, and the files are read again when they change again.
        """
        stamps = self._stamps()
        if stamps == self._read:
            return False
        self._read = stamps
        # A half-written pair must not spoil the context in use, so another context loads it first.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self._files)
        self.context.load_cert_chain(*self._files)
        return True

    def _stamps(self) -> list[tuple[int, int]]:
        return [(status.st_mtime_ns, status.st_ino) for status in map(Path.stat, self._files)]
