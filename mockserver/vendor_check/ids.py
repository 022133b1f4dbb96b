"""The duties of ids: the pattern, and that no two are alike."""

import re
from collections.abc import Iterator
from typing import Final

from mockserver.core.instants import DAY
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.world import START, CheckedEra
from mockserver.vendors.api import JobKind

_SEEDS: Final = ("", "0", "1", "a seed", "\u00fc")
_NUMBERS: Final = (*range(1, 101), 255, 256, 999, 1_000, 9_999, 65_536, 1_000_000)
_INSTANTS: Final = (START, START + 1, START + 400 * DAY)


def ids_match_their_pattern(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each kind: the ids of many seeds, numbers and instants match, and come out alike twice."""
    for kind in checked.era.kinds.values():
        pattern = re.compile(kind.id_pattern)
        found = ""
        for seed in _SEEDS:
            for number in _NUMBERS:
                for at in _INSTANTS:
                    made = kind.new_id(seed, number, at)
                    if pattern.fullmatch(made) is None:
                        found = f"{made!r} does not match {kind.id_pattern!r}"
                    elif kind.new_id(seed, number, at) != made:
                        found = f"job {number} of seed {seed!r} gets another id when it is made again"
        yield DutyCase(f"kind {kind.name}", found)


def ids_are_unique(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each kind and its items: no id belongs to two jobs of one session."""
    for seed in _SEEDS:
        owners: dict[str, str] = {}
        for kind in checked.era.kinds.values():
            yield DutyCase(f"kind {kind.name}, seed {seed!r}", shared_id(kind, seed, owners))
    for kind in checked.era.kinds.values():
        if kind.item_ids is not None:
            world = checked.world()
            ids = [item for _ in range(3) for item in kind.item_ids(world.create(kind))]
            repeated = sorted(each for each in {*ids} if ids.count(each) > 1)
            found = ""
            if repeated:
                found = f"{repeated[0]!r} is the id of two items"
            yield DutyCase(f"items of a {kind.name}", found)


def shared_id(kind: JobKind, seed: str, owners: dict[str, str]) -> str:
    """Return the first id that two jobs have, in words; empty if there is none."""
    for number in _NUMBERS:
        made = kind.new_id(seed, number, START)
        owner = owners.setdefault(made, f"{kind.name} {number}")
        if owner != f"{kind.name} {number}":
            return f"{made!r} is the id of {owner} and of {kind.name} {number}"
    return ""
