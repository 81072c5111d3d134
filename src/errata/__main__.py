"""`python -m errata`."""

from errata.cli import main

main()
