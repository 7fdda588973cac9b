"""`python -m sip_edge`: runs one edge with the settings of its environment."""

from __future__ import annotations

import asyncio
import logging
import sys

import uvloop
from botocore.exceptions import NoCredentialsError
from pydantic import ValidationError

from directory.errors import KeysUnreadableError
from sip_edge.process.json_lines import log_to_stdout
from sip_edge.process.server import Server
from sip_edge.settings import Settings


async def _serve(settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    server = Server(settings, loop)
    loop.set_exception_handler(lambda _, context: server.journal.trouble("internal_error", context.get("exception")))
    await server.run()


def main() -> int:
    """Runs until a signal ends it. Returns the exit status, which is 1 when the edge could not start."""
    log_to_stdout("INFO")
    log = logging.getLogger("sip_edge")
    try:
        settings = Settings()  # type: ignore[call-arg]  # the values come from the environment
        log.setLevel(settings.log_level)
        uvloop.run(_serve(settings))
    except ValidationError as error:
        # Names and complaints alone: the values may be secret.
        wrong = {".".join(map(str, e["loc"])).upper() or "settings": e["msg"] for e in error.errors()}
        log.error("wrong settings", extra={"fields": {"settings": wrong}})
    except KeyError as error:
        log.error("missing setting", extra={"fields": {"setting": str(error.args[0])}})
    except KeysUnreadableError as error:
        log.error("can't read the keys", extra={"fields": {"reason": str(error)}})
    except NoCredentialsError:
        log.error("no credentials for AWS")
    except OSError as error:
        log.error("can't listen", extra={"fields": {"reason": error.strerror}})
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
