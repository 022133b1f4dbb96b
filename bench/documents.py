"""Draws broken OpenAPI documents, and prints those that `diff` has a bug with.

python -m bench.documents --minutes 60
"""

import sys

from bench.long_run import run_long
from tests.support.drawn_documents import broken_documents, compare_broken

if __name__ == "__main__":
    sys.exit(run_long("documents", broken_documents(), compare_broken))
