"""Builds the dashboard and the alarms for the person on call."""
