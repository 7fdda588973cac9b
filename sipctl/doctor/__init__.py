"""Looks whether a deployed environment works: alarms, names, certificate, a registration and a call."""
