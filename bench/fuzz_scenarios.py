"""An hour of scenario files that are nearly right: `python -m bench.fuzz_scenarios 3600`.

Prints each distinct failure once, with the shortest file that leads to it; the exit code is 1 if there was one.
"""

import sys
import time
import traceback

from hypothesis import HealthCheck, Phase, given, settings

from tests.support.scenario_fuzzer import play_everything, scenario_texts

BATCH = 500
"""Files between two looks at the clock."""


def fuzz(seconds: float) -> dict[str, str]:
    """Return the shortest failing file for each line of the product that raised."""
    failures: dict[str, str] = {}

    @settings(max_examples=BATCH, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck), derandomize=False)  # fmt: skip
    @given(text=scenario_texts())
    def run(text: str) -> None:
        try:
            play_everything(text)
        except Exception as error:  # every exception that reaches this line is a finding
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{frame.filename}:{frame.lineno} {type(error).__name__}: {error}"
            failures[place] = min(text, failures.get(place, text), key=len)

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run()
    return failures


def main() -> int:
    """Fuzz for as many seconds as the first argument says; returns the exit code."""
    failures = fuzz(float(sys.argv[1]))
    for place, text in failures.items():
        print(f"{place}\n    {text}")
    print(f"{len(failures)} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
