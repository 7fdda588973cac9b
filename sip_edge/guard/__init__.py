"""Limits on guessing, scanning and flooding."""
