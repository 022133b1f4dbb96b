"""A server that is killed has kept everything that it answered."""

from pathlib import Path

import pytest

from tests.support.killed_server import kill_under_load


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_that_was_answered_is_lost_halved_or_doubled(tmp_path: Path, seed: int) -> None:
    assert list(kill_under_load(tmp_path / "sessions.db", times=12, seed=seed)) == []
