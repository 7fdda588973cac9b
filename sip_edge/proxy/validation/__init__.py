"""Request validation (RFC 3261 §16.3): the proof of a caller, loops, session timers, trusted header fields."""
