"""The messages of RFC 4475, and what the edge does with each."""
