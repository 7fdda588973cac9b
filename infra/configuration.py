"""Reads the configuration of a deployment: a table of `environments.toml`, whose values `-c name=value` replaces."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from constructs import Node
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ENVIRONMENTS: Final = Path("environments.toml")
"""Lies beside cdk.json, in the folder that the CDK application runs in."""

MOST_ZONES: Final = 3
# A new on-demand table's (DynamoDB Developer Guide, "Understanding DynamoDB warm throughput").
COLD_WRITES: Final = 4_000
COLD_READS: Final = 12_000

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# By digest alone: what a tag names may change under a task that is started again.
Image = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-zA-Z0-9._:/-]*@sha256:[0-9a-f]{64}$")]
Domain = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}(\.{_LABEL})+$", max_length=200)]
# What the CDK itself keeps in the context has other signs in its names.
_OUR_NAME: Final = re.compile(r"[a-z_]+")


class ConfigurationError(Exception):
    """A value is wrong; the message names it."""


def _one_of(*choices: int) -> AfterValidator:
    def check(value: int) -> int:
        if value not in choices:
            raise ValueError(f"has to be one of {', '.join(map(str, choices))}")
        return value

    return AfterValidator(check)


# What CloudWatch knows how to keep.
Days = Annotated[int, _one_of(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)]
# What Fargate has for one vCPU; an edge is one process and has no use for a second.
Mebibytes = Annotated[int, _one_of(2048, 3072, 4096, 5120, 6144, 7168, 8192)]


class Configuration(BaseModel):
    """The values of one environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: str = Field(
        default="live", pattern=r"^[a-z][a-z0-9-]{0,30}$", description="Tells deployments in one account apart."
    )
    base: Domain = Field(description="The domain below which `registrar.` and `sip.` stand, in lower case.")
    realm: str = Field(default="", pattern=r'^[^"\\\s]{1,128}$', description="The digest realm, by default the base.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Of the functions and the edge."
    )
    log_days: Days = Field(default=30, description="How long logs are kept.")
    availability_zones: int = Field(
        default=3, ge=2, le=MOST_ZONES, description="Over how many zones the edges are spread."
    )
    network: str = Field(
        default="10.60.0.0/20",
        pattern=r"^\d{1,3}(\.\d{1,3}){3}/(1[6-9]|2[0-2])$",
        description="The addresses of the edges' network.",
    )
    edges_least: int = Field(default=2, ge=1, le=100, description="How many edges there are at least.")
    edges_most: int = Field(default=10, ge=1, le=100, description="How many edges there are at most.")
    edge_memory: Mebibytes = Field(default=2048, description="Of one edge.")
    registrations_per_edge: int = Field(
        default=10_000,
        ge=100,
        le=100_000,
        description="How many registered devices an edge should have when more are started.",
    )
    hosted_zone_id: str | None = Field(
        default=None,
        pattern=r"^Z[A-Z0-9]{4,31}$",
        description="The Route 53 zone to write names and to prove certificates in.",
    )
    hosted_zone_name: Domain | None = Field(
        default=None, description="The zone's name: the base, or a domain above it."
    )
    certificate_arn: str | None = Field(
        default=None,
        pattern=r"^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+$",
        description="A certificate of the SIP names, for those who have no hosted zone and want TLS.",
    )
    calls_per_day: int = Field(
        default=10_000_000,
        ge=1000,
        description="How often all customers may call the API from midnight to midnight UTC.",
    )
    firewall: bool = Field(default=True, description="Whether AWS WAF stands before the API.")
    customer_managed_key: bool = Field(
        default=False, description="Whether tables are encrypted with a key of the account's own instead of AWS's."
    )
    dual_stack: bool = Field(
        default=False, description="Whether the balancer, the edges and the SIP names have IPv6, too."
    )
    elastic_ips: bool = Field(
        default=False, description="Whether the balancer has addresses of the account's own; fixed when it is made."
    )
    deletion_protection: bool = Field(default=False, description="Whether AWS refuses to delete the balancer.")
    warm_writes: int | None = Field(
        default=None,
        ge=COLD_WRITES,
        description="How many registrations a second the table of addresses takes at once; a new one takes 4,000.",
    )
    edge_image: Image | None = Field(
        default=None,
        description="The edge's image, as `repository@sha256:...`, for linux/arm64; built when none is named.",
    )
    relay_image: Image | None = Field(default=None, description="The media relay's image, likewise.")
    page: bool = Field(default=False, description="Whether the operator's page is deployed, behind CloudFront.")
    alarm_email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+$", description="Who is told of alarms.")
    call_events: bool = Field(
        default=True, description="Whether calls are events, at three write units a call or more."
    )
    private_webhooks: bool = Field(
        default=False,
        description="Lets webhooks be plain http and lead to private addresses, as on a machine for trying.",
    )
    platform: Literal["aws", "host"] = Field(
        default="aws", description="`host` has the functions' packages installed, and runs the edge as a process."
    )

    @property
    def metrics_namespace(self) -> str:
        """Where CloudWatch keeps the metrics of this environment."""
        return f"SipExtensions/{self.environment}"

    @model_validator(mode="before")
    @classmethod
    def _defaults_from_the_base(cls, values: dict[str, object]) -> dict[str, object]:
        zone = {"hosted_zone_name": values.get("base")} if "hosted_zone_id" in values else {}
        return {"realm": values.get("base"), **zone, **values}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.edges_most < self.edges_least:
            raise ValueError(f"edges_most={self.edges_most}: is less than edges_least={self.edges_least}")
        if self.hosted_zone_name and not self.hosted_zone_id:
            raise ValueError(f"hosted_zone_name={self.hosted_zone_name!r}: needs hosted_zone_id")
        if self.hosted_zone_name and not f".{self.base}".endswith(f".{self.hosted_zone_name}"):
            raise ValueError(f"hosted_zone_name={self.hosted_zone_name!r}: is not above base={self.base!r}")
        if self.hosted_zone_id and self.certificate_arn:
            raise ValueError("certificate_arn: has no use beside hosted_zone_id, which makes certificates")
        return self

    @classmethod
    def of(cls, node: Node) -> Self:
        """The configuration that a construct's context chooses and amends. Raises ConfigurationError."""
        context: dict[str, Any] = node.get_all_context()
        given = {name: value for name, value in context.items() if _OUR_NAME.fullmatch(name)}
        environment = given.get("environment", cls.model_fields["environment"].default)
        try:
            return cls.model_validate({**_environment(environment), **given, "environment": environment})
        except ValidationError as invalid:
            raise ConfigurationError("\n".join(_complaint(error) for error in invalid.errors())) from None


def _environment(name: str) -> dict[str, Any]:
    try:
        environments = tomllib.loads(ENVIRONMENTS.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{ENVIRONMENTS.name} can't be read: {error}") from None
    if not isinstance(environments.get(name), dict):
        raise ConfigurationError(f"environment={name!r}: {ENVIRONMENTS.name} has no [{name}]")
    table: dict[str, Any] = environments[name]
    return table


def _complaint(error: ErrorDetails) -> str:
    complaint = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return complaint
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{name}={error['input']!r}: there is no such value"
    return f"{name}={error['input']!r}: {complaint}"
