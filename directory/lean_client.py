"""The calls that an edge makes for registrations and calls, spoken to DynamoDB past boto3's client.

That client takes a millisecond of CPU time for a call, several times of what the SIP of it takes; this takes a third.
botocore still finds the endpoint, the region and the credentials, and signs; urllib3 sends, as it does for botocore.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.httpsession import get_cert_path
from urllib3 import Timeout, connection_from_url
from urllib3.exceptions import HTTPError

from directory.client import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, dynamodb
from directory.retries import Retries

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import BatchStatementRequestTypeDef
    from urllib3 import BaseHTTPResponse

_THROTTLED: Final = frozenset(("ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"))
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


class LeanClient:
    """Makes calls from up to `connections` threads at a time, over connections that are kept.

    Requests and answers are in DynamoDB's wire form, as boto3's client has them. What fails for a moment is tried once
    more, from the budget that throttled writes have too. Raises botocore's ClientError when DynamoDB refuses, and
    urllib3's HTTPError when it can't be reached.
    """

    def __init__(self, connections: int) -> None:
        """Raises KeyError naming the variable when no region is set, NoCredentialsError when nobody has any."""
        meta = dynamodb().meta
        credentials = boto3.Session().get_credentials()
        if credentials is None:
            raise NoCredentialsError
        self._url = f"{meta.endpoint_url}/"
        self._signer = SigV4Auth(credentials, "dynamodb", meta.region_name)
        secured = {"ca_certs": get_cert_path(True)} if self._url.startswith("https:") else {}
        timeout = Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S)
        self._pool = connection_from_url(self._url, maxsize=connections, timeout=timeout, retries=False, **secured)
        self._retries = Retries()

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803  (DynamoDB's name)
        """BatchGetItem."""
        return self._call("BatchGetItem", {"RequestItems": RequestItems})

    def batch_execute_statement(self, Statements: list[BatchStatementRequestTypeDef]) -> dict[str, Any]:  # noqa: N803
        """BatchExecuteStatement."""
        return self._call("BatchExecuteStatement", {"Statements": Statements})

    def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        """BatchWriteItem."""
        return self._call("BatchWriteItem", {"RequestItems": RequestItems})

    def close(self) -> None:
        """End the connections, once nobody makes calls any more."""
        self._pool.close()

    def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        body = _encode(request).encode()
        self._retries.earn()
        try:
            return self._try(operation, body)
        except (HTTPError, ClientError) as error:
            pause = self._retries.pause(1) if _may_pass(error) else None
            if pause is None:
                raise
        time.sleep(pause)
        return self._try(operation, body)

    def _try(self, operation: str, body: bytes) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        request = AWSRequest("POST", self._url, headers, body)
        self._signer.add_auth(request)
        response = self._pool.urlopen("POST", "/", body, dict(request.headers.items()))
        if response.status == 200:
            found: dict[str, Any] = json.loads(response.data)
            return found
        raise ClientError(
            {
                "Error": {"Code": _code(response), "Message": ""},
                "ResponseMetadata": {"HTTPStatusCode": response.status},  # type: ignore[typeddict-item]  # all we need
            },
            operation,
        )


def _may_pass(error: HTTPError | ClientError) -> bool:
    if isinstance(error, HTTPError):
        return True
    response = error.response
    return response["ResponseMetadata"]["HTTPStatusCode"] >= 500 or response["Error"]["Code"] in _THROTTLED


def _code(response: BaseHTTPResponse) -> str:
    """The name of the error in an answer."""
    try:
        kind = str(json.loads(response.data)["__type"])
    except (KeyError, TypeError, ValueError):
        return f"HTTP {response.status}"
    return kind.rpartition("#")[2]
