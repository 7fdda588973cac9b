"""Fixtures of the tests of the functions: tables in memory, and gateways to the functions."""

from __future__ import annotations

import importlib
import io
import logging
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Logger

from tests import tables
from tests.lambdas.gateway import Gateway

VARIABLES = {
    **tables.ENVIRONMENT,
    "BASE_DOMAIN": "voipbin.net",
    "REALM": "voipbin.net",
    "WEBHOOK_SECRET": "webhook-secret",
    "PRIVATE_WEBHOOKS": "false",
    "EVENT_BUS": "events",
    "DELIVERY_QUEUE": "https://sqs.eu-central-1.amazonaws.com/123456789012/deliveries",
    "PUSH_KEY": "alias/push-keys",
    "USAGE_KEY": "the key of the usage plan",
    "POWERTOOLS_SERVICE_NAME": "rest",
    "POWERTOOLS_METRICS_NAMESPACE": "SipExtensions",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}

FUNCTIONS = {
    "extensions": "extensions",
    "attempts": "attempts",
    "registrations": "registrations",
    "trace": "traces",
    "wake-ups": "wake_ups",
    "wake-up-test": "wake_ups",
    "accesskeys": "access_keys",
    "customers": "customers",
    "edges": "edges",
    "webhooks": "webhooks",
    "push-apps": "push_apps",
    "openapi.json": "document",
    "": "authorizer",
    "(streams)": "events",
    "(queue)": "deliveries",
}
"""The modules of functions by what the paths that they answer are about; those in parentheses answer none."""


@pytest.fixture(scope="session")
def functions() -> dict[str, ModuleType]:
    """The functions by what the paths that they answer are about, started once as Lambda starts them."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in VARIABLES.items():
            environment.setenv(name, value)
        return {path: importlib.import_module(f"lambdas.functions.{module}") for path, module in FUNCTIONS.items()}


@pytest.fixture
def client(functions: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    # What they remember of the switches is of other tables.
    from lambdas import environment, log_level

    with monkeypatch.context() as variables:
        for name, value in tables.ENVIRONMENT.items():
            variables.setenv(name, value)
        board = environment.switch_board()
    logger = Logger(service=VARIABLES["POWERTOOLS_SERVICE_NAME"])
    own_level = logger.log_level
    monkeypatch.setattr(log_level, "_level", log_level.LogLevel(logger, board))
    with tables.empty() as client:
        secrets = boto3.client("secretsmanager", region_name="eu-central-1")
        secrets.create_secret(Name=VARIABLES["WEBHOOK_SECRET"], SecretString="the secret of the service")
        yield client
    logger.setLevel(own_level)


@pytest.fixture
def logged(functions: dict[str, ModuleType]) -> Iterator[io.StringIO]:
    """All that the functions and Powertools log, down to the finest level, as it leaves the functions."""
    stream = io.StringIO()
    logger, powertools = (
        Logger(service=VARIABLES["POWERTOOLS_SERVICE_NAME"]),
        logging.getLogger("aws_lambda_powertools"),
    )
    handler, level = logger.registered_handler, logger.log_level
    assert isinstance(handler, logging.StreamHandler)
    stdout = handler.setStream(stream)
    powertools.addHandler(handler)
    logger.setLevel("DEBUG")
    powertools.setLevel("DEBUG")
    yield stream
    powertools.setLevel(logging.NOTSET)
    logger.setLevel(level)
    powertools.removeHandler(handler)
    handler.setStream(stdout)


@pytest.fixture
def operator(functions: dict[str, ModuleType], client: Any) -> Gateway:
    return Gateway(functions, None)


@pytest.fixture
def customer(operator: Gateway, functions: dict[str, ModuleType]) -> Gateway:
    return Gateway(functions, operator.call("POST", "/customers", {"name": "One"}).body["id"])


@pytest.fixture
def other_customer(operator: Gateway, functions: dict[str, ModuleType]) -> Gateway:
    return Gateway(functions, operator.call("POST", "/customers", {"name": "Other"}).body["id"])
