"""Looks for everything in an account that would make a deployment fail."""
