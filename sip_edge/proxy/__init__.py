"""The proxy: calls and what belongs to them, relayed with state (RFC 3261 §16)."""
