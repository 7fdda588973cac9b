"""What a deployment is told by the CDK context: `cdk.json`, or `-c name=value` on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from constructs import Node
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
Domain = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}(\.{_LABEL})+$", max_length=200)]


class ConfigurationError(Exception):
    """A context value is wrong; the message names it."""


class Configuration(BaseModel):
    """The context values of one deployment."""

    model_config = ConfigDict(frozen=True)

    environment: str = Field(
        "live", pattern=r"^[a-z][a-z0-9-]{0,30}$", description="Tells deployments in one account apart."
    )
    base: Domain = Field(description="The domain below which `registrar.` and `sip.` stand, in lower case.")
    realm: str = Field(pattern=r'^[^"\\\s]{1,128}$', description="The digest realm, by default the base.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    lambda_platform: Literal["aws", "host"] = Field(
        "aws", description="Whether the functions carry their packages for AWS, or run where those are installed."
    )

    @model_validator(mode="before")
    @classmethod
    def _realm_is_base_by_default(cls, values: dict[str, object]) -> dict[str, object]:
        return {"realm": values.get("base"), **values}

    @classmethod
    def of(cls, node: Node) -> Self:
        """The configuration in a construct's context. Raises ConfigurationError."""
        values = {name: node.try_get_context(name) for name in cls.model_fields}
        try:
            return cls.model_validate({name: value for name, value in values.items() if value is not None})
        except ValidationError as invalid:
            raise ConfigurationError("\n".join(_complaint(error) for error in invalid.errors())) from None


def _complaint(error: ErrorDetails) -> str:
    name = ".".join(str(part) for part in error["loc"])
    return f"context value {name}={error['input']!r}: {error['msg']}"
