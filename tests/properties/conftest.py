"""Hypothesis settings: every run uses the same examples, so a failure is reproducible. No test changes a contract."""

from hypothesis import HealthCheck, Phase, settings

from tests.support.resting_contracts import resting_contracts

__all__ = ["resting_contracts"]

settings.register_profile(
    "laws",
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=False,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
settings.load_profile("laws")
