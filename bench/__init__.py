"""Measures the speed of the service: its core without sockets, and the whole edge beside its peers."""
