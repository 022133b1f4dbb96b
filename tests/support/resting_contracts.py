"""A fixture for the tests of a folder in which no contract is added or changed: its folders are looked at once.

A folder's conftest imports it.
"""

from collections.abc import Iterator

import pytest

from mockserver.contract.documents.places import contracts_at_rest


@pytest.fixture(scope="module", autouse=True)
def resting_contracts() -> Iterator[None]:
    """Keep every answer about the folders of contracts while the tests of a module run."""
    with contracts_at_rest():
        yield
