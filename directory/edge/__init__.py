"""The directory as edges use it: reads and compare-and-swaps in few calls, and logs off the way of a message."""
