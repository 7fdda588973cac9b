"""A DynamoDB that answers from memory, as far as an edge asks, and counts what it is asked.

The emulator is many times slower than DynamoDB, and would be what is measured. This one is a process of its own, so
that its CPU time is counted apart. Its rows come into being when they are first asked for.
"""
