"""Hypothesis settings: every run uses the same examples, so a failure is reproducible. Worlds of each store.

No test changes a contract.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.support.resting_contracts import resting_contracts
from tests.support.store_worlds import Worlds, store_worlds

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


@pytest.fixture(scope="module")
def worlds(request: pytest.FixtureRequest) -> Iterator[Worlds]:
    """Return what makes the worlds of the store that the test names (indirectly)."""
    with store_worlds(request.param) as made:
        yield made
