"""`python -m omiti2v` is the `omiti2v` command."""

from omiti2v.cli import main

main()
