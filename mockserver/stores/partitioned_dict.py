"""A dictionary that never takes long to grow: beyond a size it goes on in many small ones.

Python's dict copies itself when it is full. For half a million entries that is some thirty milliseconds in which nobody
is answered; for each of 256 parts it is nothing that anybody could notice.
"""

from typing import Final, Generic, TypeVar

PARTITIONS: Final = 256
SPLIT_AT: Final = 50_000
"""Entries from which the one dictionary is taken apart, once."""

Value = TypeVar("Value")


class PartitionedDict(Generic[Value]):
    """Values by text, as in a dict."""

    __slots__ = ("_mask", "_partitions")

    def __init__(self) -> None:
        self._partitions: list[dict[str, Value]] = [{}]
        self._mask = 0

    def get(self, key: str) -> Value | None:
        """The value, or None."""
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
        self._partitions, self._mask = [{} for _ in range(PARTITIONS)], PARTITIONS - 1
        for key, value in whole.items():
            self._partitions[hash(key) & self._mask][key] = value
