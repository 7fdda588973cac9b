"""Real SIP stacks as test phones: each runs in a process of its own and is driven from a test through `Phone`."""
