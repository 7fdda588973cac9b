"""The edge's image, as far as it goes without a container engine."""
