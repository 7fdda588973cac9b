"""The servers that are measured: ours, and Kamailio with and without a database."""
