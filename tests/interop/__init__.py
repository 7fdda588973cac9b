"""The edge and real SIP agents. Every cell of the table in docs/interop.md is a test here."""
