"""Draws histories of jobs, and prints those of which the distiller explains a part only.

python -m bench.histories --minutes 60
"""

import sys

from bench.long_run import run_long
from tests.support.drawn_histories import drawn_histories, find_lost_calls

if __name__ == "__main__":
    sys.exit(run_long("histories", drawn_histories(), find_lost_calls))
