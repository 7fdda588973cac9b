"""Branches: the ways of a request to its targets (RFC 3261 §16.6, §16.7)."""
