"""What the person on call sees, and what wakes them."""
