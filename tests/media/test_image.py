"""The media relay's container tells its health, and lets its calls end before it does."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.media.relay import ask
from tests.ports import free_port
from tests.waiting import wait_until

RELAY = Path(__file__).parents[2] / "infra" / "edge" / "rtpengine" / "relay"
OFFER = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


def test_it_lets_its_calls_end(tmp_path: Path) -> None:
    port = free_port()
    address = f"127.0.0.1:{port}"
    told = {
        "OWN_ADDRESS": "127.0.0.1",
        "PUBLIC_ADDRESS": "192.0.2.9",
        "NG_PORT": str(port),
        "FIRST_PORT": "24000",
        "LAST_PORT": "24099",
        "MOST_CALLS": "1",
        "LAST_CALLS": "60",
    }
    environment = {**os.environ, **told}

    def is_well() -> bool:
        return subprocess.run([RELAY, "is-well"], env=environment, check=False).returncode == 0

    assert not is_well()
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen([RELAY], env=environment, stderr=log, start_new_session=True) as relay,
    ):
        try:
            wait_until(is_well, "the relay is well")
            offered = ask(address, {"command": "offer", "call-id": "one", "from-tag": "a", "sdp": OFFER})
            assert b"c=IN IP4 192.0.2.9\r\n" in offered["sdp"]
            second = ask(address, {"command": "offer", "call-id": "two", "from-tag": "a", "sdp": OFFER})
            assert second["error-reason"] == b"Parallel session limit reached"
            relay.terminate()
            assert is_well(), "it still has a call"
            assert ask(address, {"command": "delete", "call-id": "one", "delete-delay": 0})["result"] == b"ok"
            assert relay.wait(20) == 0
        finally:
            with suppress(ProcessLookupError):
                os.killpg(relay.pid, signal.SIGKILL)
