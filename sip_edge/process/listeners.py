"""Opens the listeners of the settings, and holds the flows that come through them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Final

from sip_edge.resolver.hop import Hop
from sip_edge.settings import Settings
from sip_edge.transport.connection.accept import Accept
from sip_edge.transport.connection.certificate import Certificate
from sip_edge.transport.connection.connection import Connection
from sip_edge.transport.connection.connection_flow import ConnectionFlow
from sip_edge.transport.connection.stream import StreamConnection
from sip_edge.transport.connection.websocket import WebSocketConnection
from sip_edge.transport.flow import Flow
from sip_edge.transport.limits.connection_limits import ConnectionLimits
from sip_edge.transport.limits.turns import Turns
from sip_edge.transport.receiver import Receiver
from sip_edge.transport.tracer import Tracer
from sip_edge.transport.udp import UdpListener

_DIAL_S: Final = 3.0


class Listeners:
    """Opens every listener, and finds flows by name (see `transport.flow.Flows`)."""

    def __init__(self, settings: Settings, receiver: Receiver, shed: Callable[[str], None], tracer: Tracer) -> None:
        """`shed` gets the name of each limit that has kept something out or back."""
        self._settings = settings
        self._receiver = receiver
        self._shed = shed
        self._tracer = tracer
        self._udp: list[UdpListener] = []
        self._servers: list[asyncio.Server] = []
        self._connections: dict[str, ConnectionFlow] = {}
        self._limits = ConnectionLimits(settings.max_connections, settings.max_connections_per_source, shed)
        self._turns = Turns()
        self._certificate: Certificate | None = None
        self._outgoing: dict[tuple[Hop, str], str] = {}
        self._dialling: set[asyncio.Task[ConnectionFlow | None]] = set()

    async def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to listen. Raises OSError when an address can't be had or the certificate can't be read."""
        settings = self._settings
        if settings.tls_certificate_file and settings.tls_key_file:
            self._certificate = Certificate(settings.tls_certificate_file, settings.tls_key_file)
        for host, advertised in settings.addresses:
            local = f"{advertised}:{settings.sip_port}"
            udp = UdpListener(host, settings.sip_port, local, self._receiver.receive, self._shed, self._tracer)
            udp.is_balanced = settings.is_balanced
            udp.start(loop)
            self._udp.append(udp)
            await self._listen(StreamConnection, "TCP", host, advertised, settings.sip_port)
            await self._listen(WebSocketConnection, "WS", host, advertised, settings.ws_port)
            await self._listen(StreamConnection, "TLS", host, advertised, settings.tls_port)
            await self._listen(WebSocketConnection, "WSS", host, advertised, settings.wss_port)
            await self._listen_behind_balancer(
                StreamConnection, "TLS", host, advertised, settings.balanced_tls_port, settings.advertised_tls_port
            )
            await self._listen_behind_balancer(
                WebSocketConnection, "WSS", host, advertised, settings.balanced_wss_port, settings.advertised_wss_port
            )

    def connect(self, hop: Hop, domain: str, then: Callable[[Flow | None], None]) -> None:
        """A flow to a host outside, over TLS one that proves to be `domain`; None when it can't be had.

        Delivered later. A connection that was made before and is still open is used again (RFC 3261 §18.1.1).
        """
        loop = asyncio.get_running_loop()
        if hop.transport == "UDP":
            udp = self._udp_of(":" in hop.host)
            loop.call_soon(then, udp.flow(hop.host, hop.port) if udp else None)
            return
        known = self._outgoing.get((hop, domain))
        if known and known in self._connections:
            loop.call_soon(then, self._connections[known])
            return
        task = loop.create_task(self._dial(hop, domain))
        self._dialling.add(task)

        def deliver(done: asyncio.Task[ConnectionFlow | None]) -> None:
            self._dialling.discard(task)
            if done.cancelled():
                return
            error = done.exception()
            if error:  # a request must not hang on it
                loop.call_exception_handler({"message": "a connection failed", "exception": error})
            then(None if error else done.result())

        task.add_done_callback(deliver)

    async def _dial(self, hop: Hop, domain: str) -> ConnectionFlow | None:
        local = self._settings.reached_at(hop.transport, ":" in hop.host)
        accept = self._accept(hop.transport, local, behind_balancer=False, tls=None)
        context = ssl.create_default_context() if hop.transport == "TLS" else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_DIAL_S):
                _, connection = await loop.create_connection(
                    lambda: StreamConnection(accept),
                    hop.host,
                    hop.port,
                    ssl=context,
                    server_hostname=domain if context else None,
                )
        except (OSError, TimeoutError, ssl.SSLError):
            return None
        if connection.flow:
            self._outgoing = {k: name for k, name in self._outgoing.items() if name in self._connections}
            self._outgoing[hop, domain] = connection.flow.name
        return connection.flow

    def _udp_of(self, is_ipv6: bool) -> UdpListener | None:
        return next((udp for udp in self._udp if udp.is_ipv6 is is_ipv6), None)

    def find(self, name: str) -> Flow | None:
        """The flow of that name, None when its connection has ended."""
        if not name.startswith("UDP/"):
            return self._connections.get(name)
        host, _, port = name[4:].rpartition(":")
        udp = self._udp_of(host.startswith("["))
        return udp.flow(host.strip("[]"), int(port)) if udp else None

    @property
    def connections(self) -> int:
        """The number of connections."""
        return len(self._connections)

    def renew_certificate(self) -> bool:
        """Read the certificate again if it has changed. Returns whether it has; raises OSError, ssl.SSLError."""
        return self._certificate is not None and self._certificate.renew()

    def spread_responses(self, spread: Callable[[str, bytes], None]) -> None:
        """Let `spread` also send each response over UDP, to the flow of that name through other edges."""
        for udp in self._udp:
            udp.spread = spread

    async def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen no more, and end all connections."""
        for task in self._dialling:
            task.cancel()
        for udp in self._udp:
            udp.close(loop)
        for server in self._servers:
            server.close()
        self._limits.close()
        for server in self._servers:
            await server.wait_closed()

    async def _listen(
        self, kind: type[Connection], transport: str, host: str, advertised: str, port: int | None
    ) -> None:
        if port:
            tls = self._certificate.context if self._certificate and transport in ("TLS", "WSS") else None
            accept = self._accept(transport, f"{advertised}:{port}", behind_balancer=False, tls=tls)
            await self._serve(kind, accept, host, port)

    async def _listen_behind_balancer(
        self, kind: type[Connection], transport: str, host: str, advertised: str, port: int | None, public_port: int
    ) -> None:
        """The balancer has ended TLS: peers know its port, and our end of the connection is plain."""
        if port:
            accept = self._accept(transport, f"{advertised}:{public_port}", behind_balancer=True, tls=None)
            await self._serve(kind, accept, host, port)

    def _accept(self, transport: str, local: str, *, behind_balancer: bool, tls: ssl.SSLContext | None) -> Accept:
        return Accept(
            transport=transport,
            local=local,
            behind_balancer=behind_balancer,
            tls=tls,
            flows=self._connections,
            limits=self._limits,
            turns=self._turns,
            receiver=self._receiver,
            tracer=self._tracer,
        )

    async def _serve(self, kind: type[Connection], accept: Accept, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(lambda: kind(accept), host, port, backlog=1024))
