"""The stored objects: tables, items, and the values that they hold."""
