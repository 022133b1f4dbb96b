"""An hour of scenario files that are nearly right: `python -m bench.fuzz_scenarios 3600`.

The first file that leads to an exception ends it: Hypothesis shrinks the file and prints it.
"""

import sys
import time

from hypothesis import HealthCheck, given, settings

from tests.support.scenario_fuzzer import play_everything, scenario_texts

BATCH = 500
"""Files between two looks at the clock."""


@settings(max_examples=BATCH, deadline=None, database=None, derandomize=False, suppress_health_check=list(HealthCheck))
@given(text=scenario_texts())
def fuzz_batch(text: str) -> None:
    """Load and play a batch of files."""
    play_everything(text)


def main() -> None:
    """Fuzz for as many seconds as the first argument says."""
    end = time.monotonic() + float(sys.argv[1])
    batches = 0
    while time.monotonic() < end:
        fuzz_batch()
        batches += 1
    print(f"{batches * BATCH} files, no exception")


if __name__ == "__main__":
    main()
