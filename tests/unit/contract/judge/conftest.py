"""A judge of the toy vendor's histories, for all tests of this folder."""

import pytest

from mockserver.contract.judge.history import HistoryJudge
from tests.support.toy_contract import COMMON_RULES, RESOURCES, contracts


@pytest.fixture
def make_judge(tmp_path):
    """Makes judges of rules over time, each with rules of its own."""

    def make(*rules, common=COMMON_RULES, resources=RESOURCES, **options) -> HistoryJudge:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        root = contracts(folder, *rules, common=common, resources=resources)
        return HistoryJudge("toy", root=root, **{"schemas": False, **options})

    return make
