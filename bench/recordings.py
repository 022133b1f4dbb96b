"""Draws hostile recordings, and prints what ends a command with a bug.

python -m bench.recordings --minutes 60
"""

import sys

from bench.long_run import run_long
from tests.support.hostile_recordings import hostile_recordings, run_commands

if __name__ == "__main__":
    sys.exit(run_long("recordings", hostile_recordings(), run_commands))
