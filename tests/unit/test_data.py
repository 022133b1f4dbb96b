"""The data folders are found in a wheel, in a checkout, or not at all."""

import pytest

from mockserver.data import data_folder
from mockserver.errors import MockError


def test_a_wheel_carries_them_inside_the_package(tmp_path):
    (tmp_path / "pkg" / "_data" / "contracts").mkdir(parents=True)
    (tmp_path / "contracts").mkdir()
    assert data_folder("contracts", tmp_path / "pkg") == tmp_path / "pkg" / "_data" / "contracts"


def test_a_checkout_has_them_beside_the_package(tmp_path):
    (tmp_path / "scenarios").mkdir()
    assert data_folder("scenarios", tmp_path / "pkg") == tmp_path / "scenarios"


def test_the_bundled_contracts_are_there():
    assert (data_folder("contracts") / "phaseo" / "captures").is_dir()


def test_neither_is_our_mistake_not_the_users(tmp_path):
    with pytest.raises(MockError, match="DAT001"):
        data_folder("scenarios", tmp_path)
