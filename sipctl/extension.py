"""An extension as people name it: by its username or its id."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, Final

import click
from click.decorators import FC
from click.shell_completion import CompletionItem

from sipctl.access import Access
from sipctl.api import Api
from sipctl.failure import FailedError

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def found(api: Api, name: str) -> Any:
    """The extension. Raises FailedError when there is none."""
    if _ID.fullmatch(name):
        return api.get(f"/extensions/{name}")
    extension = extension_of_username(api, name)
    if extension is None:
        raise FailedError({"code": "not_found", "detail": f"There is no extension {name}."})
    return extension


def extension_of_username(api: Api, username: str) -> Any:
    """The extension, None when there is none. Raises FailedError."""
    if not username:  # the API would take that for no username at all
        return None
    return next(iter(api.get("/extensions", username=username)["result"]), None)


def path_of(api: Api, name: str) -> str:
    """The path of the extension. Raises FailedError."""
    return f"/extensions/{name if _ID.fullmatch(name) else found(api, name)['id']}"


def extension_argument(command: FC) -> FC:
    """The argument that names an extension; a shell completes its username."""
    return click.argument("extension", metavar="USERNAME|ID", shell_complete=_completed)(command)


def username_argument(command: FC) -> FC:
    """The argument that is a username, of an extension or of none; a shell completes it."""
    return click.argument("username", shell_complete=_completed)(command)


def _completed(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The usernames that begin so, of the first hundred; none when there is anything in the way."""
    with suppress(FailedError, click.UsageError):
        with Access(**context.find_root().params).customer() as api:
            extensions = api.get("/extensions")["result"]
        names = (extension["username"] for extension in extensions)
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return []
