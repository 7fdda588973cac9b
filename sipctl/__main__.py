"""`python -m sipctl`: the operators' command line."""

from sipctl.cli import cli

cli(prog_name="sipctl")
