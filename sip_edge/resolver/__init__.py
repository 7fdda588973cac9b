"""The resolver: where a SIP URI leads outside the fleet (RFC 3263, RFC 7984)."""
