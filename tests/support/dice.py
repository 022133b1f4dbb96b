"""Draws that a seed decides: the same in each run."""

from collections.abc import Sequence
from typing import TypeVar

from mockserver.core.ids import seeded_int

T = TypeVar("T")


class Dice:
    """One sequence of draws."""

    def __init__(self, seed: object) -> None:
        self._seed = str(seed)
        self._draws = 0

    def number(self, low: int, high: int) -> int:
        """Draw a number from low to high, both included."""
        self._draws += 1
        return seeded_int(low, high, self._seed, self._draws)

    def choice(self, values: Sequence[T]) -> T:
        """Draw one of some values."""
        return values[self.number(0, len(values) - 1)]
