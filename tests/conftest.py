"""What all tests share: Hypothesis draws the same examples in every run, and no slow machine makes a test fail."""

import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")

# A script's background job ignores Ctrl-C, and its children inherit that: tests that send it would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["pytester"]
