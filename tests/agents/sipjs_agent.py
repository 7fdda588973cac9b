"""The browser phone with SIP.js. Started by `Phone`."""

from __future__ import annotations

import asyncio

from .browser_agent import serve_commands

if __name__ == "__main__":
    asyncio.run(serve_commands("sipjs"))
