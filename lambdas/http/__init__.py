"""Calls over HTTP: routing, bodies, pages, tags, idempotency and rate limits."""
