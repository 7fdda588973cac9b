"""The phone behind a session border controller: a Kamailio that adds itself with Path. Started by `Phone`.

The phone itself is the pjsua2 one. It registers and answers challenges by itself, and its only way is the Kamailio.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from .control import Control
from .kamailio import Kamailio, free_udp_and_tcp_port
from .kamailio_config import Place, write_sbc_config
from .pjsua2_agent import PjsuaAgent
from .settings import PhoneSettings


def main() -> None:
    """Read the settings, then serve commands until the line is closed."""
    control = Control()
    settings = PhoneSettings.from_json(control.first_line())
    port = free_udp_and_tcp_port()
    with tempfile.TemporaryDirectory() as folder:
        agent = PjsuaAgent(control, replace(settings, proxy_port=port, transport="udp"))
        place = Place(Path(folder), port, agent.local_port())
        kamailio = Kamailio(place.folder, write_sbc_config(settings, place))
        try:
            agent.run()
        finally:
            kamailio.end()
    sys.stderr.flush()
    # The binding's destructors must not run after the stack is gone.
    os._exit(0)


if __name__ == "__main__":
    main()
