"""Limits on connections: their number, the bytes that they hold, and their share of the event loop."""
