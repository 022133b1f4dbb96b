"""Finds the fields of a job's body that have changed since its last one: a rule that reads none need not look.

Theory of operation. Two bodies of one job mostly differ in a counter or in nothing. A set of fields is an integer with
a bit for each field at the top of a body that a rule reads. A list or an object always counts as changed, for it would
have to be searched; so does what a rule reads besides what its options name.
"""

from collections.abc import Iterator, Mapping
from itertools import compress, repeat
from operator import is_not, ne
from typing import Any, Final

from mockserver.contract.rules.conditions import MISSING
from mockserver.contract.rules.contract_rule import option_texts
from mockserver.core.pointer import parse_pointer

FieldBits = int
"""A set of fields, a bit for each."""

UNKNOWN: Final[FieldBits] = 1
"""Fields that the options of a rule do not name: they count as changed in every body."""
TIME: Final[FieldBits] = 2
"""The time of a request: it counts as changed if a rule says something else after it."""
OPERATION: Final[FieldBits] = 4
"""The operation: it counts as changed if the last body was that of another one."""
EVERYTHING: Final[FieldBits] = -1
"""All fields: there is no earlier body to compare with."""

FieldValues = tuple[list[Any], list[type], FieldBits]
"""The values of all fields that rules read, in the order of their bits; their types; and which are lists or objects."""


class FieldChanges:
    """The fields that the rules on one kind of job read."""

    def __init__(self) -> None:
        self._bits: dict[str, FieldBits] = {}

    def fields_in(self, options: Mapping[str, Any]) -> FieldBits:
        """Return the fields that a rule with these options reads, which are compared from now on."""
        fields = UNKNOWN
        for pointer in _pointers_in(options):
            # A pointer to the body as a whole reads all of it.
            name = next(iter(parse_pointer(pointer)), None)
            if name is None:
                return UNKNOWN
            fields |= self._bits.setdefault(name, 8 << len(self._bits))
        # Without any field the rule searches the body.
        return fields if fields == UNKNOWN else fields & ~UNKNOWN

    def compare(self, body: Mapping[str, Any], earlier: FieldValues | None) -> tuple[FieldBits, FieldValues]:
        """Return the fields whose values differ from earlier ones, and the values in a body.

        Without earlier ones `EVERYTHING` differs.
        """
        bits = self._bits.values()
        values = list(map(body.get, self._bits, repeat(MISSING)))
        types = list(map(type, values))
        if earlier is not None and types == earlier[1]:
            changed = UNKNOWN | earlier[2] | sum(compress(bits, map(ne, values, earlier[0])))
            return changed, (values, types, earlier[2])
        inner = sum(bit for bit, each in zip(bits, types, strict=True) if each in (dict, list))
        if earlier is None:
            return EVERYTHING, (values, types, inner)
        changed = UNKNOWN | inner | sum(compress(bits, map(ne, values, earlier[0])))
        # JSON's 1, 1.0 and true are equal in Python, and no rule must take one for the other.
        return changed | sum(compress(bits, map(is_not, types, earlier[1]))), (values, types, inner)


def _pointers_in(options: Mapping[str, Any]) -> Iterator[str]:
    """Yield every JSON pointer in a rule's options, those in a sum (`/ready + /failed`) one by one."""
    for text in option_texts(options):
        yield from (part for part in text.split(" + ") if part.startswith("/") or not text)
