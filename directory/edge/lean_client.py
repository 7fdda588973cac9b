"""The calls that an edge makes for registrations and calls, spoken to DynamoDB past botocore's client.

That client takes a thread and a millisecond of CPU time for a call. The SIP of the call takes a fraction of that time.
This client takes half of it, in the loop's own thread. botocore still finds the endpoint, the region and the
credentials, and signs; aiohttp sends.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from aiohttp import ClientError as HTTPError
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.httpsession import get_cert_path

from directory.client import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, dynamodb, session
from directory.edge.retries import Retries

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import BatchStatementRequestTypeDef

_THROTTLED: Final = frozenset(("ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"))
_RENEWAL_S: Final = 60  # botocore begins to renew what expires a quarter of an hour before
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


class LeanClient:
    """Makes calls in the thread of the running loop, over up to `connections` connections that are kept.

    Requests and answers are in DynamoDB's wire form, as botocore's client has them. A call that fails for a moment is
    tried once more, from the budget of throttled writes. Raises botocore's ClientError when DynamoDB refuses, and
    aiohttp's ClientError when it can't be reached.
    """

    def __init__(self, connections: int) -> None:
        """Raises KeyError naming the variable when no region is set, NoCredentialsError when no provider has any."""
        meta = dynamodb().meta
        credentials = session().get_credentials()
        if credentials is None:
            raise NoCredentialsError
        self._credentials = credentials
        self._region = meta.region_name
        self._signer = SigV4Auth(credentials, "dynamodb", meta.region_name)
        self._url = f"{meta.endpoint_url}/"
        self._renew_at = 0.0
        self._connections = connections
        self._retries = Retries()

    async def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803  (DynamoDB's name)
        """BatchGetItem."""
        return await self._call("BatchGetItem", {"RequestItems": RequestItems})

    async def batch_execute_statement(
        self,
        Statements: list[BatchStatementRequestTypeDef],  # noqa: N803  (DynamoDB's name)
    ) -> dict[str, Any]:
        """BatchExecuteStatement."""
        return await self._call("BatchExecuteStatement", {"Statements": Statements})

    async def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803  (DynamoDB's name)
        """BatchWriteItem."""
        return await self._call("BatchWriteItem", {"RequestItems": RequestItems})

    async def query(self, **request: Any) -> dict[str, Any]:
        """Query."""
        return await self._call("Query", request)

    async def close(self) -> None:
        """End the connections. No call may follow."""
        await self._session.close()

    @cached_property
    def _session(self) -> ClientSession:
        """Not before the first call: what can't start has nothing to close."""
        secured = self._url.startswith("https:")
        return ClientSession(
            connector=TCPConnector(
                limit=self._connections, ssl=ssl.create_default_context(cafile=get_cert_path(True)) if secured else True
            ),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(sock_connect=CONNECT_TIMEOUT_S, sock_read=READ_TIMEOUT_S),
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        )

    async def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        body = _encode(request).encode()
        self._retries.earn()
        try:
            return await self._try(operation, body)
        except (HTTPError, ClientError) as error:
            pause = self._retries.pause(1) if _may_pass(error) else None
            if pause is None:
                raise
        await asyncio.sleep(pause)
        return await self._try(operation, body)

    async def _try(self, operation: str, body: bytes) -> dict[str, Any]:
        if time.monotonic() >= self._renew_at:
            await self._renew_signer()
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        request = AWSRequest("POST", self._url, headers, body)
        self._signer.add_auth(request)
        async with self._session.post(self._url, data=body, headers=dict(request.headers.items())) as response:
            status, answer = response.status, await response.read()
        if status == 200:
            found: dict[str, Any] = json.loads(answer)
            return found
        raise ClientError(
            {
                "Error": {"Code": _code(status, answer), "Message": ""},
                "ResponseMetadata": {"HTTPStatusCode": status},  # type: ignore[typeddict-item]  # all we need
            },
            operation,
        )

    async def _renew_signer(self) -> None:
        """Sign with the credentials of the time. Having them renewed may take a server seconds, so a thread waits.

        While they can't be renewed, those that are known go on.
        """
        with suppress(BotoCoreError):
            frozen = await asyncio.to_thread(self._credentials.get_frozen_credentials)
            self._signer = SigV4Auth(frozen, "dynamodb", self._region)
        self._renew_at = time.monotonic() + _RENEWAL_S


def _may_pass(error: HTTPError | ClientError) -> bool:
    if isinstance(error, HTTPError):
        return True
    response = error.response
    return response["ResponseMetadata"]["HTTPStatusCode"] >= 500 or response["Error"]["Code"] in _THROTTLED


def _code(status: int, answer: bytes) -> str:
    """The name of the error in an answer."""
    try:
        kind = str(json.loads(answer)["__type"])
    except (KeyError, TypeError, ValueError):
        return f"HTTP {status}"
    return kind.rpartition("#")[2]
