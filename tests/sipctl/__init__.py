"""The operators' command line, as processes against the running service."""
