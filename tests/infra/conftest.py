from __future__ import annotations

import pytest

from infra.application import application  # before aws_cdk, for which the package chooses a Node

# isort: split
from aws_cdk import App, Stack
from aws_cdk.assertions import Template


@pytest.fixture(scope="session")
def app() -> App:
    return application(lambda_platform="host", base="voip.test")


@pytest.fixture(scope="session")
def data(app: App) -> Template:
    return _template(app, "data")


@pytest.fixture(scope="session")
def api(app: App) -> Template:
    return _template(app, "api")


def _template(app: App, name: str) -> Template:
    stack = app.node.find_child(f"sip-extensions-live-{name}")
    assert isinstance(stack, Stack)
    return Template.from_stack(stack)
