"""Connections of TCP, TLS and WebSocket: from the accept over the handshakes to whole messages."""
