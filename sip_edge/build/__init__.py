"""Compiles the modules that every message passes, and prefers what was compiled."""
