"""Makes the application of `app.py`: one environment of environments.toml."""

from __future__ import annotations

import os
from typing import Any, Final

import aws_cdk as cdk

from infra.configuration import Configuration
from infra.sip_extensions import SipExtensions

# CDK leaves this id out of logical ids. The stacks had no construct above them in 0.1.0, and ids have to stay.
_ENVIRONMENT: Final = "Default"


def application(**context: Any) -> cdk.App:
    """The application of one environment, whose values `context` overrides.

    The CDK CLI hands its context over in the environment, where App finds it, and it wins. Run without the CLI, the
    templates go to cdk.out/ as the CLI would have it. Raises ConfigurationError.
    """
    app = cdk.App(context=context, outdir=os.environ.get("CDK_OUTDIR", "cdk.out"))
    SipExtensions(app, _ENVIRONMENT, configuration=Configuration.of(app.node))
    return app
