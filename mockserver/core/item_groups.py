"""The items of a batch in groups: items of one timeline object are always in the same state.

A batch of 50,000 items has some forty timelines. What is computed for each timeline instead of each item costs the same
for a batch of any size.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

from mockserver.core.timeline import Timeline


class ItemGroups(NamedTuple):
    """Groups of items; a group is a place in `timelines` and `sizes`."""

    timelines: tuple[Timeline, ...]
    """The timeline of each group."""
    sizes: tuple[int, ...]
    """The number of items in each group, at least one."""
    numbers: tuple[int, ...]
    """The group of each item."""
    first: tuple[int, ...]
    """An item of each group."""

    def __repr__(self) -> str:
        return f"<{len(self.numbers)} items in {len(self.sizes)} groups>"

    def separate(self, items: frozenset[int]) -> "ItemGroups":
        """Return groups in which each of these items is a group of its own; other numbers are no items."""
        if not items:
            return self
        keys = [(number, index if index in items else -1) for index, number in enumerate(self.numbers)]
        return _group_by(keys, [self.timelines[number] for number in self.numbers])


NO_GROUPS: Final = ItemGroups((), (), (), ())


def group_items(timelines: tuple[Timeline, ...]) -> ItemGroups:
    """Return the groups of items with these timelines."""
    if not timelines:
        return NO_GROUPS
    return _group_by(list(map(id, timelines)), timelines)


def _group_by(keys: Sequence[Hashable], timelines: Sequence[Timeline]) -> ItemGroups:
    """Return groups of items with equal keys, in the order of their first items."""
    sizes = Counter(keys)
    places = {key: place for place, key in enumerate(sizes)}
    numbers = tuple(map(places.__getitem__, keys))
    # The last one that is put in for a key is its first item.
    first_of = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
    first = tuple(map(first_of.__getitem__, sizes))
    return ItemGroups(tuple(timelines[index] for index in first), tuple(sizes.values()), numbers, first)
