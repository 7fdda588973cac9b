"""The commands, one group or command a file."""
