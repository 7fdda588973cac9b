"""The targets of requests (RFC 3261 §16.5), the flows to them, and the wait for a device that is gone or silent."""
