"""A dictionary that never takes long to grow: beyond a size it is split into many small ones.

Python's dict copies itself when it is full. For half a million entries that takes some 30 ms, during which the server
answers nothing; for one of 256 partitions it is not noticeable.
"""

from typing import Final, Generic, TypeVar

PARTITIONS: Final = 256
SPLIT_AT: Final = 50_000
"""The number of entries at which the dictionary is split, once."""

Value = TypeVar("Value")


class PartitionedDict(Generic[Value]):
    """A mapping from text to values."""

    __slots__ = ("_mask", "_partitions")

    def __init__(self) -> None:
        self._partitions: list[dict[str, Value]] = [{}]
        self._mask = 0

    def get(self, key: str) -> Value | None:
        """Return the value, or None."""
        return self._partitions[hash(key) & self._mask].get(key)

    def __getitem__(self, key: str) -> Value:
        return self._partitions[hash(key) & self._mask][key]

    def __contains__(self, key: str) -> bool:
        return key in self._partitions[hash(key) & self._mask]

    def __setitem__(self, key: str, value: Value) -> None:
        self._partitions[hash(key) & self._mask][key] = value
        if not self._mask and len(self._partitions[0]) > SPLIT_AT:
            self._split()

    def _split(self) -> None:
        (whole,) = self._partitions
        self._partitions = [{} for _ in range(PARTITIONS)]
        self._mask = PARTITIONS - 1
        for key, value in whole.items():
            self._partitions[hash(key) & self._mask][key] = value
