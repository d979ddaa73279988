"""`python -m orchestration` is `drivewheel`."""

from orchestration.cli import main

main(prog_name="drivewheel")
