"""Finds the sources that are deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
"""The folder of `directory/`, `lambdas/`, `sip_edge/`, `sipctl/user_agent/` and `page/`: the checkout, or what the wheel installs."""
CACHE: Final = Path(".cache")
"""Where made folders are kept: beside cdk.out/, in the folder that the CDK application runs in."""
