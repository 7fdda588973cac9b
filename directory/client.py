"""The clients of AWS."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.session import Session, get_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

CONNECT_TIMEOUT_S: Final = 1
READ_TIMEOUT_S: Final = 2
_PATIENT: Final = Config(connect_timeout=2, read_timeout=5, max_pool_connections=1)


def dynamodb(connections: int = 2) -> DynamoDBClient:
    """A client for up to `connections` calls at a time.

    It fails fast rather than hang: a phone asks again, and so does a program. A call takes seven seconds at the worst.
    So a REGISTER that reads and then writes is answered in time: its phone waits 32 s (RFC 3261 §17.1.2.2). Retries
    cost botocore's quota of retries, so that a failing load isn't multiplied. Our own requests are typed, so botocore
    need not check their parameters again. Raises KeyError naming the variable when no region is set.
    """
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": 2},
        max_pool_connections=connections,
        parameter_validation=False,
        tcp_keepalive=True,
    )
    client: DynamoDBClient = _client("dynamodb", config)
    return client


def secrets_manager() -> SecretsManagerClient:
    """A client that waits for seconds, not for minutes. Raises KeyError naming the variable when no region is set."""
    client: SecretsManagerClient = _client("secretsmanager", _PATIENT)
    return client


@cache
def kms() -> Any:
    """A client of KMS that waits for seconds, not for minutes. It is untyped: the stubs of KMS are no requirement.

    Raises KeyError naming the variable when no region is set.
    """
    return _client("kms", _PATIENT)


def ecs() -> Any:
    """A client of ECS that tries each call once, for it is asked every few seconds. It is untyped, as that of KMS is.

    Raises KeyError naming the variable when no region is set.
    """
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=1,
    )
    return _client("ecs", config)


@cache
def session() -> Session:
    """Returns the session of all clients: credentials, and botocore's descriptions of AWS, which take long to read."""
    return get_session()


def _client(service: str, config: Config) -> Any:
    # Containers are told AWS_REGION; botocore by itself looks for AWS_DEFAULT_REGION alone.
    region = os.environ.get("AWS_REGION") or session().get_config_variable("region")
    if region is None:
        raise KeyError("AWS_REGION")
    return session().create_client(service, region_name=region, config=config)
