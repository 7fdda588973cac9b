"""What works between the edge and real SIP agents: every cell of the table in docs/interop.md is a test here."""
