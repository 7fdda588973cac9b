"""The application: its stacks, and where they find their context."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk

from infra.api_stack import ApiStack
from infra.configuration import Configuration
from infra.data_stack import DataStack
from infra.edge.stack import EdgeStack
from infra.events_stack import EventsStack
from infra.monitoring.stack import MonitoringStack
from infra.nag_suppressions import suppress
from infra.page_stack import PageStack

_ROOT: Final = Path(__file__).parent.parent


def application(**context: Any) -> cdk.App:
    """The application of environments.toml, with the context of cdk.json, which `context` overrides.

    The CDK CLI hands its context over in the environment, where App finds it, and it wins. Run without the CLI, the
    templates go to cdk.out/ as the CLI would have it. Raises ConfigurationError.
    """
    defaults = json.loads((_ROOT / "cdk.json").read_text())["context"]
    app = cdk.App(context={**defaults, **context}, outdir=os.environ.get("CDK_OUTDIR", "cdk.out"))
    configuration = Configuration.of(app.node)
    prefix = f"sip-extensions-{configuration.environment}"
    data = DataStack(app, f"{prefix}-data", configuration=configuration)
    events = EventsStack(
        app,
        f"{prefix}-events",
        configuration=configuration,
        tables=data.tables,
        webhook_secret_arn=data.webhook_secret_arn,
    )
    api = ApiStack(
        app,
        f"{prefix}-api",
        configuration=configuration,
        tables=data.tables,
        webhook_secret_arn=data.webhook_secret_arn,
        push_key_arn=data.push_key_arn,
    )
    if configuration.platform == "aws":
        edge = EdgeStack(
            app,
            f"{prefix}-edge",
            configuration=configuration,
            tables=data.tables,
            push_key_arn=data.push_key_arn,
        )
        # The API has to know whatever reason an edge may write down.
        edge.add_stack_dependency(api)
        MonitoringStack(
            app,
            f"{prefix}-monitoring",
            configuration=configuration,
            tables=data.tables,
            events=events,
            api=api,
            edge=edge,
        )
    if configuration.page:
        PageStack(app, f"{prefix}-page", configuration=configuration, api_url=api.url)
    for child in app.node.children:
        if isinstance(child, cdk.Stack):
            suppress(child, child.node.id.removeprefix(f"{prefix}-"))
    return app
