"""Events: what a change means, and the bus and queues that carry it."""
