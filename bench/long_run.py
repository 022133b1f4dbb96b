"""Draws examples for as long as it is asked to, and prints those that show a bug: what the modules beside it run.

    python -m bench.NAME --minutes 60

The seed of each round is printed with its result; `--seed` repeats a round.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

ROUND_EXAMPLES = 500
_ROUND = settings(
    max_examples=ROUND_EXAMPLES,
    database=None,
    deadline=None,
    derandomize=False,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
Example = TypeVar("Example")


def run_long(things: str, examples: SearchStrategy[Example], find_bugs: Callable[[Example], Sequence[str]]) -> int:
    """Play rounds until the time of the command line is over; return 1 if one found a bug.

    `things` is the plural noun of the examples; a bug is printed with the smallest example that shows it.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first round")
    options = parser.parse_args()

    def try_example(example: Example) -> None:
        bugs = find_bugs(example)
        assert not bugs, "\n".join([*bugs, repr(example)])

    end = time.monotonic() + 60 * options.minutes
    number, failed = options.seed, 0
    while time.monotonic() < end:
        try:
            seed(number)(_ROUND(given(examples)(try_example)))()
            print(f"seed {number}: {ROUND_EXAMPLES} {things}, no bug", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"seed {number}: {error}", flush=True)
        number += 1
    return int(failed > 0)
