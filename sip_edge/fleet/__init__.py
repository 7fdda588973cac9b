"""Several edges as one: what they do for one another, over a private channel."""
