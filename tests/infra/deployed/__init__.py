"""The edge's stack on the emulator: what it makes of the template, and an edge on that."""
