"""An environment of environments.toml, as far as commands need its values."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import click
from click.decorators import FC

# The command line is run from a checkout.
_FILE: Final = Path(__file__).parent.parent / "environments.toml"
# Values that a table may leave out; infra/configuration.py has the same.
_DEFAULTS: Final = {"availability_zones": 3, "edges_most": 10}
STACKS: Final = ("data", "events", "api", "edge", "monitoring", "page")


class Environment:
    """The values of one environment, and the names of its stacks."""

    def __init__(self, name: str, values: dict[str, Any]) -> None:
        self.name = name
        self._values = {**_DEFAULTS, **values}

    @property
    def base(self) -> str:
        """The domain below which the names of the service stand."""
        return str(self._values["base"])

    @property
    def availability_zones(self) -> int:
        """The number of zones that the edges are spread over."""
        return int(self._values["availability_zones"])

    @property
    def edges_most(self) -> int:
        """The highest number of edges."""
        return int(self._values["edges_most"])

    @property
    def elastic_ips(self) -> int:
        """The number of Elastic IPs of the balancer: one a zone if it has any."""
        return self.availability_zones if self._values.get("elastic_ips") else 0

    def has(self, name: str) -> bool:
        """Whether a value is set, and not to false."""
        return bool(self._values.get(name))

    @property
    def hosted_zone_id(self) -> str | None:
        """The id of the hosted zone that names are written in, None without one."""
        return self._values.get("hosted_zone_id")

    @property
    def hosted_zone_name(self) -> str:
        """The name of that zone."""
        return str(self._values.get("hosted_zone_name", self.base))

    @property
    def has_tls(self) -> bool:
        """Whether phones are served over TLS."""
        return bool(self.hosted_zone_id or self._values.get("certificate_arn"))

    def stack(self, part: str) -> str:
        """Returns the name of a stack, such as that of `data`."""
        return f"sip-extensions-{self.name}-{part}"


def environment(name: str) -> Environment:
    """Returns the environment of environments.toml that has the name. Raises click.UsageError."""
    try:
        values = tomllib.loads(_FILE.read_text())[name]
        return Environment(name, {**values, "base": values["base"]})
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError):
        raise click.UsageError(f"{_FILE.name} has no environment {name} with a base.") from None


def environment_option(command: FC) -> FC:
    """The option that names the environment of a command; the command gets an Environment."""
    return click.option(
        "--environment",
        default="live",
        show_default=True,
        callback=lambda _context, _parameter, name: environment(name),
        help="A table of environments.toml.",
    )(command)
