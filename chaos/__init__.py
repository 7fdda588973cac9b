"""Experiments that do harm to a running edge, and show what holds all the same.

Each is a file: it states its invariant, says in figures what it has seen, and fails when the invariant was broken.
"""
