"""Holds the version of the service: the edge's image and the functions' bundle have no `pyproject.toml` to read."""

from typing import Final

# A test holds it to the version in `pyproject.toml`.
VERSION: Final = "0.1.0"
