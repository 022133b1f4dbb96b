"""Kills servers of a store under load, and prints what those that follow have lost: nothing, it is hoped.

python -m bench.killed --times 1000
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.support.killed_server import kill_under_load


def main() -> int:
    """Kill as many servers as the command line says; return 1 if something was lost, halved or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lies = 0
    with tempfile.TemporaryDirectory() as folder:
        for lie in kill_under_load(Path(folder) / "sessions.db", options.times, options.seed):
            lies += 1
            print(lie, flush=True)
    print(f"{options.times} kills: {lies} answers did not hold")
    return int(lies > 0)


if __name__ == "__main__":
    sys.exit(main())
