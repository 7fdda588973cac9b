"""What keeps those out who guess, scan and flood."""
