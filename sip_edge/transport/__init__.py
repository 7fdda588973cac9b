"""Sockets and flows: the ways of bytes in and out. Only this package and the process know of sockets."""
