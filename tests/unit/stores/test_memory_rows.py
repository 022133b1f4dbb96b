"""A dictionary in parts behaves as one, whatever its size."""

import pytest

from mockserver.stores import memory
from mockserver.stores.memory import PartitionedDict


@pytest.mark.parametrize("count", [0, 1, 5, 6, 7, 500])
def test_what_was_put_in_is_there_before_and_after_the_split(count, monkeypatch):
    monkeypatch.setattr(memory, "SPLIT_AT", 5)
    held: PartitionedDict[int] = PartitionedDict()
    for number in range(count):
        held[f"job-{number}"] = number
        held[f"job-{number}"] = number * 2
    assert [held[f"job-{number}"] for number in range(count)] == [number * 2 for number in range(count)]
    assert all(held.get(f"job-{number}") == number * 2 and f"job-{number}" in held for number in range(count))
    assert held.get("job-x") is None
    assert "job-x" not in held
    with pytest.raises(KeyError):
        held["job-x"]
