"""Calculates the monthly cost of an environment from its load and from list prices."""
