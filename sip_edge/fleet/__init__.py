"""Several edges act as one SIP element, over a private channel between them."""
