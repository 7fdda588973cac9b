"""A disaster, rehearsed: all that an environment has is lost, and restored into a new deployment."""
