"""Requests of the edge and of its peers within a dialog (RFC 3261 §12): the route, and the token that leads it."""
