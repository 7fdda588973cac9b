"""Stores the service's data, as in "phone directory". No other code knows table and attribute names."""
