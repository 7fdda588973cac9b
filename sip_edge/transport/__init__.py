"""Sockets and flows: how bytes come and go. Only this package and the server know of sockets."""
