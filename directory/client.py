"""The DynamoDB client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import NoRegionError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def dynamodb(connections: int = 2) -> DynamoDBClient:
    """A client for up to `connections` calls at a time.

    It fails fast rather than hang: a phone asks again, and so does a program. Our own requests are typed, so botocore
    need not check their parameters again. Raises KeyError naming the variable when no region is set.
    """
    try:
        return boto3.client(
            "dynamodb",
            region_name=os.environ.get(
                "AWS_REGION"
            ),  # what containers are given; boto3 looks for AWS_DEFAULT_REGION alone
            config=Config(
                connect_timeout=1,
                read_timeout=3,
                retries={"mode": "standard", "total_max_attempts": 3},
                max_pool_connections=connections,
                parameter_validation=False,
                tcp_keepalive=True,
            ),
        )
    except NoRegionError:
        raise KeyError("AWS_REGION") from None
