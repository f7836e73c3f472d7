"""`python -m inkdigit`: the command line, where the script is not on the path."""

from inkdigit.cli.main import main

main()
