"""Finds the sources that are deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
"""The folder that holds what is deployed: the checkout, or what the wheel installs (`DEPLOYED` in setup.py)."""
CACHE: Final = Path(".cache")
"""Where made folders are kept: beside cdk.out/, in the folder that the CDK application runs in."""
