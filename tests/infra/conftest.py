"""Fixtures of the tests of the infrastructure: applications, and their templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.application import application  # before aws_cdk, for which the package chooses a Node

# isort: split
from aws_cdk import App, Stack
from aws_cdk.assertions import Template

MakeApp = Callable[..., App]


@pytest.fixture(scope="session")
def make_app(tmp_path_factory: pytest.TempPathFactory) -> MakeApp:
    """Makes an application of a context, which is synthesized into a folder of its own."""

    def make(**context: Any) -> App:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CDK_OUTDIR", str(tmp_path_factory.mktemp("cdk")))
            return application(**context)

    return make


@pytest.fixture(scope="session")
def app(make_app: MakeApp) -> App:
    """All that is deployed where nothing optional is asked for."""
    return make_app(base="voip.test")


@pytest.fixture(scope="session")
def named_app(make_app: MakeApp) -> App:
    """All that is deployed where there is a hosted zone and everything optional is asked for."""
    return make_app(
        base="voip.test", hosted_zone_id="Z0123456789ABC", customer_managed_key=True, alarm_email="a@voip.test"
    )


@pytest.fixture(scope="session")
def data(app: App) -> Template:
    return template(app, "data")


@pytest.fixture(scope="session")
def api(app: App) -> Template:
    return template(app, "api")


@pytest.fixture(scope="session")
def events(app: App) -> Template:
    return template(app, "events")


@pytest.fixture(scope="session")
def edge(app: App) -> Template:
    return template(app, "edge")


@pytest.fixture(scope="session")
def named_edge(named_app: App) -> Template:
    return template(named_app, "edge")


@pytest.fixture(scope="session")
def named_api(named_app: App) -> Template:
    return template(named_app, "api")


def stacks_of(app: App) -> list[Stack]:
    """All stacks of an application, in the order in which they were made."""
    return [construct for construct in app.node.find_all() if isinstance(construct, Stack)]


def templates_of(app: App) -> dict[str, dict[str, Any]]:
    """The templates of an application by the names of their stacks."""
    return {stack.stack_name: dict(Template.from_stack(stack).to_json()) for stack in stacks_of(app)}


def template(app: App, name: str) -> Template:
    """The template of the stack that ends in that name."""
    (stack,) = [stack for stack in stacks_of(app) if stack.stack_name == f"sip-extensions-live-{name}"]
    return Template.from_stack(stack)
