"""The emulator of AWS: everything that is particular to ministack."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import urllib.request
from typing import Final

import boto3
from botocore.credentials import Credentials

from local.child import Child, module
from local.failure import StartError
from local.settings import HOST
from local.state import State

REGION: Final = "us-east-1"
# The emulator's root user.
CREDENTIALS: Final = Credentials("test", "test")


class Emulator(Child):
    """The running emulator. It saves its data within a second of each change, and all of it when it ends."""

    name = "the emulator"
    start_timeout_s = 60
    stop_timeout_s = 60
    # An orphan still saves its last second.
    orphan_signal = signal.SIGTERM

    def __init__(self, listening: socket.socket, state: State) -> None:
        """Serve on a bound socket, which from now on is open in the emulator alone.

        So a port answers with this emulator or not at all, whoever else starts one.
        """
        port = listening.getsockname()[1]
        self._endpoint = f"http://{HOST}:{port}"
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        self._reports = os.fdopen(reading, "rb", buffering=0)
        command = (*module("local.emulated"), str(listening.fileno()), str(writing), str(state.database))
        state.begin_run()
        with listening:
            super().__init__(
                command,
                _environment(port, state),
                state.log_file("emulator"),
                (listening.fileno(), writing, state.parts_lock),
            )
        os.close(writing)

    def __exit__(self, *raised: object) -> None:
        """Ask the emulator to save and end. Raises StartError when it could not, unless another one is on its way."""
        super().__exit__(*raised)
        self.tell_reports()
        # SIGTERM ends an emulator that has not begun to serve.
        has_ended = self._process.returncode in (0, -signal.SIGTERM)
        if not has_ended and not any(isinstance(each, StartError) for each in raised):
            raise StartError(f"{self.name} {self._how_it_ended()}, and has not saved its end (see {self.log})")

    def tell_reports(self) -> None:
        """Print the emulator's new lines about saving, for the person who started the service."""
        for line in (self._reports.readall() or b"").decode(errors="replace").splitlines():
            print(f"sip-extensions: {line}", file=sys.stderr, flush=True)

    def is_ready(self) -> bool:
        """Whether the emulator answers."""
        try:
            with urllib.request.urlopen(f"{self._endpoint}/_ministack/ready", timeout=1):  # noqa: S310
                return True
        except OSError:
            return False

    def local_url(self, invoke_url: str) -> str:
        """Where the emulator serves `https://{api}.execute-api.{region}.amazonaws.com/{path}`."""
        host, _, path = invoke_url.removeprefix("https://").partition("/")
        return f"{self._endpoint}/_aws/execute-api/{host.partition('.')[0]}/{path}"


def session() -> boto3.Session:
    """A session of the emulator's root user."""
    return boto3.Session(CREDENTIALS.access_key, CREDENTIALS.secret_key, region_name=REGION)


def reach_only(port: int) -> None:
    """Make this process, and all that it starts, speak to the emulator as AWS, and to nothing else."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://{HOST}:{port}",
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        AWS_ACCESS_KEY_ID=CREDENTIALS.access_key,
        AWS_SECRET_ACCESS_KEY=CREDENTIALS.secret_key,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        NO_PROXY=HOST,
        no_proxy=HOST,
    )


def _environment(port: int, state: State) -> dict[str, str]:
    temporary = state.emulator_folder / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(exist_ok=True)  # what a killed run left may still write into it
    return {
        "GATEWAY_PORT": str(port),
        # Its own files are not written: local.emulated takes the place of its reading and writing.
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state.emulator_folder),
        "TMPDIR": str(temporary),
        # As on AWS, a function may do what its role says and nothing else, and the operator's routes want a signature.
        "AUTH": "true",
        # Neither open other ports nor look for containers.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{temporary / 'no-docker'}",
    }
