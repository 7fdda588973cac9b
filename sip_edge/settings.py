"""What an edge is told by its environment."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """The settings, each named as its environment variable in lower case.

    Raises pydantic's ValidationError, which names what is missing or wrong.
    """

    base_domain: str = Field(description="The domain below which `registrar.` and `sip.` stand.")
    realm: str = Field("", description="The digest realm; the base domain when empty.")
    sip_host: str = Field("0.0.0.0", description="The address to listen on.")
    sip_port: int = Field(5060, ge=1, le=65535, description="The UDP and TCP port to listen on.")
    advertised_host: str = Field(description="The address by which phones and other edges reach this edge.")
    sip_secret: SecretStr = Field(min_length=32, description="The key of nonces and route tokens, equal on all edges.")
    register_challenge: Literal[407, 401] = Field(
        407, description="407 with both headers, which every phone understands, or the plain 401 of RFC 3261."
    )
    no_answer_seconds: int = Field(180, ge=5, le=600, description="How long a call may ring before it gets 408.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _realm_is_base_by_default(self) -> Settings:
        self.realm = self.realm or self.base_domain
        self.base_domain = self.base_domain.lower()
        return self
