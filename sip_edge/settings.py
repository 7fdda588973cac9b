"""The settings of an edge, from its environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, FilePath, SecretStr, model_validator
from pydantic_settings import BaseSettings

from directory.edge_keys import LEAST_CHARACTERS

_ADDRESS_AND_PORT: Final = re.compile(r"(?:[0-9.]+|\[[0-9a-fA-F:.]+\])?:[0-9]{1,5}")
_SERVER: Final = "^[A-Za-z0-9.-]+:[0-9]{1,5}$"


class Settings(BaseSettings):
    """The settings, each named as its environment variable in lower case.

    Raises pydantic's ValidationError, which names what is missing or wrong.
    """

    base_domain: str = Field(description="The domain below which `registrar.` and `sip.` stand.")
    realm: str = Field("", description="The digest realm; the base domain when empty.")
    sip_host: str = Field("0.0.0.0", description="The addresses to listen on, IPv4 or IPv6, with commas between them.")
    sip_port: int = Field(5060, ge=1, le=65535, description="The UDP and TCP port.")
    ws_port: int | None = Field(None, ge=1, le=65535, description="The port of SIP over WebSocket.")
    tls_port: int | None = Field(None, ge=1, le=65535, description="The port of TLS with the edge's own certificate.")
    wss_port: int | None = Field(None, ge=1, le=65535, description="The port of WebSocket over TLS, likewise.")
    tls_certificate_file: Path | None = Field(None, description="The certificate chain (PEM); renewed when it changes.")
    tls_key_file: Path | None = Field(None, description="The certificate's key (PEM).")
    balanced_tls_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="The port of TLS that a load balancer has ended; it tells the source by PROXY protocol v2.",
    )
    balanced_wss_port: int | None = Field(None, ge=1, le=65535, description="Likewise, for WebSocket over TLS.")
    advertised_host: str = Field(
        description="The name or address by which phones reach the edge; with several addresses to listen on, one each."
    )
    advertised_tls_port: int = Field(5061, ge=1, le=65535, description="The load balancer's port for TLS.")
    advertised_wss_port: int = Field(443, ge=1, le=65535, description="The load balancer's port for WSS.")
    max_connections: int = Field(20_000, ge=1, description="How many connections to hold at once.")
    max_connections_per_source: int = Field(
        1000, ge=1, description="How many of them from one address; an office may be behind one."
    )
    max_calls_per_second: int = Field(
        50, ge=1, description="How many calls one source may begin; a trunk may need more."
    )
    max_transactions: int = Field(
        300_000, ge=1, description="How many requests to be at once at, each of which takes about 3 KB."
    )
    sip_secret: SecretStr | None = Field(
        None, min_length=LEAST_CHARACTERS, description="The key of nonces and route tokens, equal on all edges."
    )
    sip_secret_id: str = Field("", description="In its place, the secret in Secrets Manager that has the edges' keys.")
    register_challenge: Literal[407, 401] = Field(
        407, description="407 with both headers, which every phone understands, or the plain 401 of RFC 3261."
    )
    dns_servers: str = Field("", description="`address:port`, with commas between them; the system's when empty.")
    private_hops: bool = Field(False, description="Whether a caller's proxy may be in a private network.")
    rtpengines: str = Field("", description="Each one's `address:port` for the ng protocol, or `:port`.")
    media_anchoring: Literal["auto", "always", "never"] = Field(
        "auto", description="Which calls an rtpengine relays: those whose ends could not hear each other, all, or none."
    )
    media_timeout_seconds: int = Field(
        60, ge=5, le=3600, description="For how long an end of a relayed call may be silent before the call is ended."
    )
    no_answer_seconds: int = Field(180, ge=5, le=600, description="How long a call may ring before it gets 408.")
    apns_server: str = Field(
        "api.push.apple.com:443", pattern=_SERVER, description="The `host:port` of APNs for apps of the store."
    )
    apns_sandbox_server: str = Field(
        "api.sandbox.push.apple.com:443",
        pattern=_SERVER,
        description="The `host:port` of APNs for apps that are being developed.",
    )
    fcm_url: str = Field(
        "https://fcm.googleapis.com", pattern="^https://[^/]+$", description="The URL of FCM, without a path."
    )
    google_token_url: str = Field(
        "https://oauth2.googleapis.com/token",
        pattern="^https://",
        description="Where Google gives access tokens for service accounts.",
    )
    push_ca_file: FilePath | None = Field(
        None, description="The authorities (PEM) that sign for these servers; the public ones when empty."
    )
    fleet_port: int | None = Field(None, ge=1, le=65535, description="The UDP port of the channel between edges.")
    fleet_address: str = Field("", description="The channel's numeric address; that of the way out when empty.")
    health_port: int | None = Field(None, ge=1, le=65535, description="The HTTP port of /health, for load balancers.")
    drain_seconds: int = Field(
        100, ge=0, le=3600, description="How long an edge that is told to end may take to finish what it is at."
    )
    deregistration_seconds: int = Field(
        0,
        ge=0,
        le=3600,
        description="How long a load balancer leaves a deregistered edge its flows, of which ECS tells the edge; "
        "0 without ECS.",
    )
    metrics_namespace: str = Field("", description="The CloudWatch namespace of the metrics that the log carries.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """The addresses to listen on, each with the host that is advertised for it, IPv6 in brackets."""
        listening = _split(self.sip_host)
        advertised = [f"[{host}]" if ":" in host else host for host in _split(self.advertised_host)]
        if len(advertised) == 1:
            advertised *= len(listening)
        return list(zip(listening, advertised, strict=True))

    @property
    def is_balanced(self) -> bool:
        """Whether a load balancer stands before the UDP port: before the edges of a fleet, or before connections."""
        return bool(self.fleet_port or self.balanced_tls_port or self.balanced_wss_port)

    @property
    def ports(self) -> list[int]:
        """The ports at which phones reach the edge, over whichever transport."""
        own = (self.sip_port, self.ws_port, self.tls_port, self.wss_port)
        return [*filter(None, own), self.advertised_tls_port, self.advertised_wss_port]

    def reached_at(self, transport: str, is_ipv6: bool) -> str:
        """The `host:port` at which a peer of that transport and address family reaches us."""
        ports = {
            "TLS": self.tls_port or self.advertised_tls_port,
            "WS": self.ws_port or self.sip_port,
            "WSS": self.wss_port or self.advertised_wss_port,
        }
        hosts = [advertised for host, advertised in self.addresses if (":" in host) is is_ipv6]
        return f"{(hosts or [self.addresses[0][1]])[0]}:{ports.get(transport, self.sip_port)}"

    @property
    def nameservers(self) -> list[tuple[str, int]] | None:
        """The DNS servers to ask, None for the system's."""
        servers = [server.rpartition(":") for server in _listed(self.dns_servers)]
        return [(host.strip("[]"), int(port)) for host, _, port in servers] or None

    @property
    def media_relays(self) -> list[str]:
        """The rtpengines, each as `address:port`, an IPv6 address in brackets, or as `:port` at our own address."""
        return _listed(self.rtpengines)

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        self.realm = self.realm or self.base_domain
        self.base_domain = self.base_domain.lower()
        if not all(map(_ADDRESS_AND_PORT.fullmatch, self.media_relays)):
            raise ValueError("RTPENGINES needs numeric addresses with ports, such as 127.0.0.1:2223 or [::1]:2223")
        if bool(self.sip_secret) == bool(self.sip_secret_id):
            raise ValueError("one of SIP_SECRET and SIP_SECRET_ID is needed")
        if len(_split(self.advertised_host)) not in (1, len(_split(self.sip_host))):
            raise ValueError("ADVERTISED_HOST needs one entry, or one for each of SIP_HOST")
        if (self.tls_port or self.wss_port) and not (self.tls_certificate_file and self.tls_key_file):
            raise ValueError("TLS_PORT and WSS_PORT need TLS_CERTIFICATE_FILE and TLS_KEY_FILE")
        return self


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _split(hosts: str) -> list[str]:
    return [host.strip("[]") for host in _listed(hosts)]
