"""The agents' names, versions, and sources."""

from __future__ import annotations

import subprocess
from importlib import metadata

from tests.agents.browser_page import package_version
from tests.agents.settings import Kind


def described(kind: Kind) -> str:
    """Name, version and origin of an agent."""
    match kind:
        case "pjsua2":
            return f"pjsua2 {metadata.version('pjsua2-python')} (PyPI)"
        case "baresip":
            return f"baresip-python {metadata.version('baresip-python')} (PyPI)"
        case "baresip-debian":
            return f"baresip {_debian('baresip-core')} (Debian)"
        case "linphone":
            return f"linphone {_debian('liblinphone10')} (Debian)"
        case "kamailio":
            return f"Kamailio's uac module {_debian('kamailio')} (Debian)"
        case "twinkle":
            return f"Twinkle {_debian('twinkle-console')} (Debian)"
        case "kamailio-sbc":
            return f"pjsua2 behind Kamailio {_debian('kamailio')} (Debian) with Path"
        case "jssip" | "sipjs":
            name, package = {"jssip": ("JsSIP", "jssip"), "sipjs": ("SIP.js", "sip.js")}[kind]
            return f"{name} {package_version(package)} (npm) in Chromium {_debian('chromium')} (Debian)"


def _debian(package: str) -> str:
    """The version of an installed Debian package, without Debian's own part. Raises CalledProcessError."""
    found = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Version}", package], capture_output=True, text=True, check=True
    )
    return found.stdout.partition(":")[2].partition("-")[0] or found.stdout.partition("-")[0]
