"""Requests of the edge and of its peers within a dialog (RFC 3261 §12).

The package has the route of these requests, and the token that leads it.
"""
