"""Push notifications that wake suspended phones (RFC 8599): parameters, senders, and the service that uses them."""
