"""The messages of single extensions, written down without their secrets for those who ask for them."""
