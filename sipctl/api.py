"""The REST API, as one caller may use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import requests
from requests.auth import AuthBase

from sipctl.failure import FailedError

_TIMEOUT_S: Final = 30


class Token(AuthBase):
    """Shows a customer's token. As requests' own kind of authorization, it goes before whatever a .netrc says."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with the token; requests calls this."""
        request.headers["Authorization"] = self._header
        return request


class Api:
    """Calls to the API below `url`, each with what `authorization` adds. All methods raise FailedError."""

    def __init__(self, url: str, authorization: AuthBase) -> None:
        self._url = url
        self._authorization = authorization

    def get(self, path: str, **parameters: str | int) -> Any:
        """Returns the answer to a GET with the parameters in its query."""
        return self._called("GET", path, parameters)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Returns the answer to a POST."""
        return self._called("POST", path, body=body)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Returns the answer to a PUT."""
        return self._called("PUT", path, body=body)

    def delete(self, path: str) -> Any:
        """Returns the answer to a DELETE."""
        return self._called("DELETE", path)

    def all(self, path: str, **parameters: str | int) -> Iterator[Any]:
        """The items of all pages of a list. A page is fetched when the one before has been used up."""
        while True:
            page = self.get(path, **parameters)
            yield from page["result"]
            if not page["next_page_token"]:
                return
            parameters["page_token"] = page["next_page_token"]

    def _called(
        self, method: str, path: str, parameters: dict[str, str | int] | None = None, body: dict[str, Any] | None = None
    ) -> Any:
        try:
            answer = requests.request(
                method,
                self._url + path,
                params=parameters,
                json=body,
                auth=self._authorization,
                timeout=_TIMEOUT_S,
                # Whoever is at another address is not who was meant to see the credentials.
                allow_redirects=False,
            )
        except requests.RequestException:
            # Not what it says: that would be about sockets, and might quote what was sent.
            raise _failure("unreachable", f"The API at {self._url} can't be reached.") from None
        return _content(answer)


def _content(answer: requests.Response) -> Any:
    request_id = answer.headers.get("X-Request-Id", "")
    try:
        content = answer.json()
    except requests.JSONDecodeError:
        content = None
    if not isinstance(content, dict) or (not answer.ok and not isinstance(content.get("detail"), str)):
        raise _failure("not_the_api", f"What answered ({answer.status_code}) is not the API: see --api-url.")
    if not answer.ok:
        raise FailedError({"code": "refused", **content}, request_id)
    return content


def _failure(code: str, detail: str) -> FailedError:
    return FailedError({"code": code, "detail": detail})
