"""A world of Phaseo for each test that asks for one."""

import pytest

from tests.support.vendor_worlds import PhaseoWorld


@pytest.fixture
def world() -> type[PhaseoWorld]:
    """Make worlds: `world("2026-06-11", script)`."""
    return PhaseoWorld
