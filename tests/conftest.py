"""What all tests share: Hypothesis draws the same examples in every run, and no slow machine makes a test fail."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")

pytest_plugins = ["pytester"]
