"""A world of TwelveLabs for each test that asks for one; every answer is judged by the capture of its era."""

import pytest

from tests.support.vendor_worlds import TwelveLabsWorld


@pytest.fixture
def make() -> type[TwelveLabsWorld]:
    """Make worlds: `make(date, script)`."""
    return TwelveLabsWorld


@pytest.fixture
def world() -> TwelveLabsWorld:
    """A world of the newest era, without a scenario."""
    return TwelveLabsWorld()


@pytest.fixture(params=[TwelveLabsWorld.JULY, TwelveLabsWorld.SEPTEMBER])
def each(request: pytest.FixtureRequest) -> TwelveLabsWorld:
    """A world of each era, without a scenario."""
    return TwelveLabsWorld(request.param)
