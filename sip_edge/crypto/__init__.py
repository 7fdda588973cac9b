"""Keys and tokens: the secrets that the edges of a fleet share, and what they seal with them."""
