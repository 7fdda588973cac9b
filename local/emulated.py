"""`python -m local.emulated`: the emulator, with the two things that it lacks (ministack 1.5.33).

Streams of tables show what was updated by PartiQL, which is how an edge writes. And the gateway takes the key by which
it counts a call in a usage plan from the authorizer's answer, not from the caller.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any, Final

from ministack.app import main
from ministack.services import apigateway_v1, dynamodb

_update: Final = dynamodb._partiql_update
_authorize: Final = apigateway_v1._authorize_request_v1
_ask_authorizer: Final = apigateway_v1._invoke_authorizer_lambda

_usage_key: Final[ContextVar[str | None]] = ContextVar("usage_key", default=None)


def _update_and_tell(table: Any, parsed: Any, data: Any = None) -> Any:
    """The update, and its record in the stream if it was done."""
    partition, sort, _, error = dynamodb._partiql_key_target(table, parsed)
    before = None if error else table["items"].get(partition, {}).get(sort)
    answer = _update(table, parsed, data)
    if answer[0] == 200:
        dynamodb._emit_stream_event(table["TableName"], "MODIFY", before, table["items"][partition][sort])
    return answer


async def _authorize_one(*arguments: Any) -> Any:
    """The authorization of a request, which has no key of the one before it on the same connection."""
    _usage_key.set(None)
    return await _authorize(*arguments)


async def _ask_and_keep_key(*arguments: Any) -> Any:
    """The authorizer's answer; its key is kept for the rest of the request."""
    answer = await _ask_authorizer(*arguments)
    said = (answer or {}).get("body")
    policy = json.loads(said) if isinstance(said, (str, bytes)) else said
    _usage_key.set((policy or {}).get("usageIdentifierKey"))
    return answer


def _key_of_request(_: object) -> str | None:
    return _usage_key.get()


if __name__ == "__main__":
    dynamodb._partiql_update = _update_and_tell
    apigateway_v1._authorize_request_v1 = _authorize_one
    apigateway_v1._invoke_authorizer_lambda = _ask_and_keep_key
    apigateway_v1._api_key_from_request = _key_of_request
    main()
