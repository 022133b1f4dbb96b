"""What all tests share: Hypothesis draws the same examples in every run, and no slow machine makes a test fail."""

import gc
import os
import signal
from typing import Any

from hypothesis import HealthCheck, settings

from tests.support.paths import ROOT

settings.register_profile(
    "suite", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")

# What a run of tests reads stays in memory: a full search of it for garbage finds none, and takes a tenth of the time.
gc.set_threshold(700, 10, 200)

# What Hypothesis knows of Unicode and of this code is found out once, by the commands that tests run as well.
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(ROOT / ".hypothesis")

# A script's background job ignores Ctrl-C, and its children inherit that: tests that send it would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["pytester", "tests.support.redis_fixtures"]

LONGEST_ID = 80


def pytest_make_parametrize_id(val: Any) -> str | None:
    """Shorten the id of a whole document: pytest hands ids to subprocesses, which take no megabytes."""
    if isinstance(val, str | bytes) and len(val) > LONGEST_ID:
        text = val.decode("latin-1") if isinstance(val, bytes) else val
        return f"{text[:LONGEST_ID].encode('unicode_escape').decode()}... ({len(val)})"
    return None
