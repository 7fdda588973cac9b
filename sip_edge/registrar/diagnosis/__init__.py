"""Why a registration failed: attempts, known customers and loops of stale nonces."""
