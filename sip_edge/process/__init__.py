"""The process around the edge: its life cycle, drain, health, metrics and memory."""
