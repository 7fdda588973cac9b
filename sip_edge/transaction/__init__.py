"""The four transactions of RFC 3261 §17, as corrected by RFC 6026, and what finds them."""
