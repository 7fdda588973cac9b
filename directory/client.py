"""The clients of AWS."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, cast

from botocore.config import Config
from botocore.session import Session, get_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

CONNECT_TIMEOUT_S: Final = 1
READ_TIMEOUT_S: Final = 2


def dynamodb(connections: int = 2) -> DynamoDBClient:
    """A client for up to `connections` calls at a time.

    It fails fast rather than hang: a phone asks again, and so does a program. A call takes seven seconds at the worst,
    so that a REGISTER that reads and then writes is answered within the 32 s that its phone waits (RFC 3261 §17.1.2.2).
    What is tried again costs botocore's quota of retries, so that a failing load isn't multiplied. Our own requests are
    typed, so botocore need not check their parameters again. Raises KeyError naming the variable when no region is set.
    """
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": 2},
        max_pool_connections=connections,
        parameter_validation=False,
        tcp_keepalive=True,
    )
    session = get_session()
    return cast("DynamoDBClient", session.create_client("dynamodb", region_name=_region(session), config=config))


def secrets_manager() -> SecretsManagerClient:
    """A client that waits for seconds, not for minutes. Raises KeyError naming the variable when no region is set."""
    config = Config(connect_timeout=2, read_timeout=5, max_pool_connections=1)
    session = get_session()
    client = session.create_client("secretsmanager", region_name=_region(session), config=config)
    return cast("SecretsManagerClient", client)


def _region(session: Session) -> str:
    """What containers are told; botocore by itself looks for AWS_DEFAULT_REGION alone."""
    region: str | None = os.environ.get("AWS_REGION") or session.get_config_variable("region")
    if region is None:
        raise KeyError("AWS_REGION")
    return region
