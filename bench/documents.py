"""Draws broken OpenAPI documents for as long as it is asked to, and prints those that `diff` has a bug with.

    python -m bench.documents --minutes 60

The seed of each round is printed with its result; `--seed` repeats a round.
"""

import argparse
import sys
import time
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.support.drawn_documents import broken_documents, compare_broken

ROUND_EXAMPLES = 500


def play_round(number: int) -> None:
    """Try one round of examples. Raises AssertionError, with the smallest example that was found, for a bug."""

    @seed(number)
    @settings(
        max_examples=ROUND_EXAMPLES,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(broken_documents())
    def try_documents(documents: Any) -> None:
        bugs = compare_broken(documents)
        assert not bugs, "\n".join([*bugs, *map(repr, documents)])

    try_documents()


def main() -> int:
    """Play rounds until the time is over; return 1 if one found a bug."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first round")
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    number, failed = options.seed, 0
    while time.monotonic() < end:
        try:
            play_round(number)
            print(f"seed {number}: {ROUND_EXAMPLES} documents, no bug", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"seed {number}: {error}", flush=True)
        number += 1
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
