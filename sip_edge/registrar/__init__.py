"""The registrar: REGISTER from challenge to durable binding (RFC 3261 §10.3)."""
