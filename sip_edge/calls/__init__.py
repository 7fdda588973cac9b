"""What customers are told of their calls."""
