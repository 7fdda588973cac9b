"""Measures the API's functions: a call of a warm handler, and the import of a cold one."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any, Final

from bench import interpreter
from bench.places import REALM
from directory.api.customers import Customers
from directory.client import dynamodb
from directory.schema import tables
from local import emulator
from local.emulator import Emulator
from local.ports import listening_socket
from local.state import State

_PORT: Final = 18010
_ROUNDS: Final = 30
_IMPORTS: Final = 7
# On Lambda there is no pyOpenSSL, which botocore would import where it finds it.
_COLD: Final = """
import sys, time
sys.modules["OpenSSL"] = None
import lambdas.functions.extensions
print(time.process_time() * 1000)
"""
_CONTEXT: Final = SimpleNamespace(
    function_name="extensions",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:extensions",
    aws_request_id="bench",
    get_remaining_time_in_millis=lambda: 10_000,
)


def measure_rest(folder: Path) -> dict[str, float]:
    """CPU milliseconds: of each kind of call, median, and of "cold import" with all that a start makes.

    DynamoDB is the emulator, in a process of its own.
    """
    found: dict[str, float] = json.loads(interpreter.run("bench.rest", str(folder)))
    return found


def _measure(folder: Path) -> dict[str, float]:
    with _tables(folder):
        os.environ.update({"BASE_DOMAIN": REALM, "REALM": REALM, "POWERTOOLS_SERVICE_NAME": "bench"})
        os.environ["POWERTOOLS_LOG_LEVEL"] = "WARNING"
        os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "Bench"
        cold = median(_cold_import() for _ in range(_IMPORTS))
        handler = importlib.import_module("lambdas.functions.extensions").handler
        spent: dict[str, list[float]] = {}
        customer_id = Customers(dynamodb(), os.environ).create("bench").customer_id
        for number in range(_ROUNDS):
            _walk(partial(_call, handler, customer_id, spent), number)
    return {**{name: median(times) for name, times in spent.items()}, "cold import": cold}


def _walk(call: Callable[..., Any], number: int) -> None:
    """Create an extension, look at it, change it and delete it."""
    body = {"name": f"phone {number}", "username": f"phone{number}", "password": "secure-password-123"}
    path = f"/extensions/{call('POST', '/extensions', body)['id']}"
    call("GET", path)
    call("PUT", path, {"detail": "in the hall"})
    call("GET", "/extensions")
    call("DELETE", path)


def _call(
    handler: Any, customer_id: str, spent: dict[str, list[float]], method: str, path: str, body: object = None
) -> Any:
    event = {
        "resource": path,
        "path": f"/v1.0{path}",
        "httpMethod": method,
        "headers": {"content-type": "application/json"} if body else None,
        "queryStringParameters": None,
        "body": json.dumps(body) if body else None,
        "isBase64Encoded": False,
        "requestContext": {
            "stage": "live",
            "path": f"/live/v1.0{path}",
            "requestId": "bench",
            "authorizer": {"customer_id": customer_id},
        },
    }
    with redirect_stdout(StringIO()):  # metrics go there
        used = time.process_time()
        answer = handler(event, _CONTEXT)
        used = time.process_time() - used
    if answer["statusCode"] != 200:
        raise RuntimeError(answer["body"])
    name = f"{method} {'/extensions' if path == '/extensions' else '/extensions/{id}'}"
    spent.setdefault(name, []).append(used * 1000)
    return json.loads(answer["body"])


def _cold_import() -> float:
    done = subprocess.run((sys.executable, "-c", _COLD), stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    return float(done.stdout)


@contextmanager
def _tables(folder: Path) -> Iterator[None]:
    emulator.reach_only(_PORT)
    with Emulator(listening_socket("", _PORT), State(folder / "emulator")) as aws:
        aws.wait_until_ready()
        client = dynamodb()
        for table in tables.ALL:
            os.environ[table.variable] = table.name
            client.create_table(**_definition(table))
        yield


def _definition(table: tables.Table) -> Any:
    keys = [key for key in (table.partition_key, table.sort_key) if key]
    index = [key for key in (table.index_partition_key, table.index_sort_key) if key]
    definition: dict[str, Any] = {
        "TableName": table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _schema(keys),
        "AttributeDefinitions": [
            {"AttributeName": key, "AttributeType": "S"} for key in dict.fromkeys([*keys, *index])
        ],
    }
    if index:
        definition["GlobalSecondaryIndexes"] = [
            {"IndexName": table.index_name, "KeySchema": _schema(index), "Projection": {"ProjectionType": "ALL"}}
        ]
    return definition


def _schema(keys: list[str]) -> list[dict[str, str]]:
    return [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)]


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]))))
