from __future__ import annotations

import pytest

from infra.application import application  # before aws_cdk, for which the package chooses a Node

# isort: split
from aws_cdk import App, Stack
from aws_cdk.assertions import Template


@pytest.fixture(scope="session")
def app() -> App:
    """All that is deployed where nothing optional is asked for."""
    return application(base="voip.test")


@pytest.fixture(scope="session")
def named_app() -> App:
    """All that is deployed where there is a hosted zone and everything optional is asked for."""
    return application(base="voip.test", hosted_zone_id="Z0123456789ABC")


@pytest.fixture(scope="session")
def data(app: App) -> Template:
    return template(app, "data")


@pytest.fixture(scope="session")
def api(app: App) -> Template:
    return template(app, "api")


@pytest.fixture(scope="session")
def edge(app: App) -> Template:
    return template(app, "edge")


@pytest.fixture(scope="session")
def named_edge(named_app: App) -> Template:
    return template(named_app, "edge")


@pytest.fixture(scope="session")
def named_api(named_app: App) -> Template:
    return template(named_app, "api")


def template(app: App, name: str) -> Template:
    """The template of the stack that ends in that name."""
    stack = app.node.find_child(f"sip-extensions-live-{name}")
    assert isinstance(stack, Stack)
    return Template.from_stack(stack)
