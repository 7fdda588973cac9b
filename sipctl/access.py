"""Finds the API and the credentials of a command."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import click

from sipctl.api import Api, Token
from sipctl.failure import FailedError

_ROOT: Final = Path(__file__).parent.parent
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
# How long a key lives that is made for one command, if the command can't delete it.
_KEY_LIFE_S: Final = 600


class Access:
    """The API and credentials of the options and the environment; where they name no API, those of `make run`.

    Its methods raise click.UsageError for what is missing or wrong in that, without repeating it.
    """

    def __init__(self, api_url: str | None, token: str | None, customer: str | None, profile: str | None) -> None:
        self._local = {} if api_url else _local_service()
        self._url = _checked_url(api_url or self._local["api_url"])
        self._token = token or self._local.get("token")
        self._customer = customer
        self._profile = profile

    def operator(self) -> Api:
        """The API as the operator may use it, by a signature of IAM."""
        # Here, so that what needs no signature, as the Tab key, doesn't wait for botocore.
        from sipctl import iam

        if self._local and not self._profile:
            key = {name: self._local[name] for name in ("access_key_id", "secret_access_key", "region")}
            return Api(self._url, iam.local_signature(**key))
        return Api(self._url, iam.signature(self._profile))

    @contextlib.contextmanager
    def customer(self) -> Iterator[Api]:
        """The API as a customer may use it.

        For an operator who names a customer, by a key that lives no longer than the context. Raises FailedError when
        it can't be made.
        """
        if not self._customer:
            if not self._token:
                raise click.UsageError("A token is needed (--token or SIP_API_TOKEN), or --customer with IAM.")
            yield Api(self._url, Token(_checked_token(self._token)))
            return
        with self.acting_for(self._customer) as api:
            yield api

    @contextlib.contextmanager
    def acting_for(self, customer_id: str) -> Iterator[Api]:
        """The API as a customer whom the operator names may use it. Raises FailedError when no key can be made."""
        operator, keys = self.operator(), f"{_path(customer_id)}/accesskeys"
        key = operator.post(keys, {"name": "sipctl", "expires_in": _KEY_LIFE_S})
        try:
            yield Api(self._url, Token(key["token"]))
        finally:
            _delete(operator, f"{keys}/{key['id']}")

    def customer_path(self) -> str:
        """The path of the customer whom the operator has named, "" for none."""
        return _path(self._customer) if self._customer else ""


def _path(customer_id: str) -> str:
    return f"/customers/{quote(customer_id, safe='')}"


def _local_service() -> dict[str, Any]:
    path = Path(os.environ.get("STATE_DIR") or _ROOT / ".local") / "demo.json"
    try:
        local: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise click.UsageError("No API: give --api-url or SIP_API_URL, or start one with `make run`.") from None
    return local


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.username is not None or parts.query or parts.fragment or not parts.hostname:
        raise click.UsageError("The API's URL must look like https://host/v1.0, without a user or a query.")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise click.UsageError("The API's URL must begin with https, unless it is on this machine.")
    return url.rstrip("/")


def _checked_token(token: str) -> str:
    """A token that fits into a header; what reports one that doesn't would quote it."""
    if not re.fullmatch(r"[!-~]+", token):
        raise click.UsageError("The token has characters that no token has.")
    return token


def _delete(operator: Api, path: str) -> None:
    """Delete the key of a command; if that fails, it expires."""
    with contextlib.suppress(FailedError):
        operator.delete(path)
