"""The command line: each file is one command, parse -> call -> present."""

import time

STARTED = time.perf_counter()
"""When the program began, for the seconds of the whole process."""
