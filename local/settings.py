"""Reads the settings of `make run` from environment variables."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings

from local.failure import StartError

# The service has a demo customer with a known token, so it is never offered to a network.
HOST = "127.0.0.1"
_LAST_PORT = 65535


class Settings(BaseSettings):
    """The settings, each named as its environment variable in lower case."""

    api_port: int = Field(default=4566, ge=1, le=65535, description="The TCP port of the REST API, and of all of AWS.")
    sip_port: int = Field(default=5060, ge=1, le=65535, description="The UDP and TCP port of the SIP edge.")
    ws_port: int = Field(default=0, ge=0, le=65535, description="Its TCP port for WebSocket; SIP_PORT + 6 when 0.")
    page_port: int = Field(default=4580, ge=1, le=65535, description="The TCP port of the operator's page.")
    state_dir: Path = Field(default=Path(".local"), description="The folder that keeps the data between two runs.")

    @model_validator(mode="after")
    def _next_to_the_sip_port(self) -> Settings:
        self.ws_port = self.ws_port or self.sip_port + 6
        if self.ws_port > _LAST_PORT:
            raise ValueError("WS_PORT is needed: SIP_PORT + 6 is no port")
        return self


def read_settings() -> Settings:
    """The settings of this process. Raises StartError."""
    try:
        return Settings()
    except ValidationError as invalid:
        raise StartError("; ".join(map(_complaint, invalid.errors()))) from None


def _complaint(error: ErrorDetails) -> str:
    if not error["loc"]:
        return error["msg"]
    return f"{str(error['loc'][0]).upper()}={error['input']!r}: {error['msg']}"
