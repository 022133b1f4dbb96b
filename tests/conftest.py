"""What all tests share: Hypothesis draws the same examples in every run, and no slow machine makes a test fail."""

import gc
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from mockserver.server.system import STOP_SIGNALS
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


@pytest.fixture(autouse=True)
def stop_signals() -> Iterator[None]:
    """Let Ctrl-C stop the tests behind a command: it ignores signals to the end of its process."""
    handlers = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def pytest_make_parametrize_id(val: Any) -> str | None:
    """Shorten the id of a whole document: pytest hands ids to subprocesses, which take no megabytes."""
    if isinstance(val, str | bytes) and len(val) > LONGEST_ID:
        text = val.decode("latin-1") if isinstance(val, bytes) else val
        return f"{text[:LONGEST_ID].encode('unicode_escape').decode()}... ({len(val)})"
    return None
