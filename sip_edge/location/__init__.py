"""The location service: which addresses are ours, and where their devices are registered (RFC 3261 §10)."""
