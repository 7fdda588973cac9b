"""Real SIP stacks as test phones. Each runs in a process of its own, and a test drives it through `Phone`."""
