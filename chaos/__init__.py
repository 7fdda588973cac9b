"""Experiments that do harm to a running edge, and show what holds all the same.

Each is a file. It states its invariant, reports figures, and fails when the invariant was broken.
"""
