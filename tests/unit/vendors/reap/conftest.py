"""A world of Reap for each test that asks for one; every answer is judged by the capture of its era."""

from collections.abc import Callable

import pytest

from tests.support.vendor_worlds import ReapWorld


@pytest.fixture
def make_world() -> Callable[..., ReapWorld]:
    """Make worlds with a script, a rate limit, a seed."""
    return ReapWorld


@pytest.fixture
def world() -> ReapWorld:
    """A world without a scenario and without the rate limit."""
    return ReapWorld()
