"""Finds the fields of a job's body that have changed since its last one: a rule that reads none need not look.

Theory of operation. Two bodies of one job mostly differ in a counter or in nothing. A set of fields is an integer with
a bit for each field at the top of a body that a rule reads. A list or an object always counts as changed, for it would
have to be searched; so does what a rule reads besides what its options name.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from mockserver.contract.rules.conditions import MISSING
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.core.pointer import parse_pointer

FieldBits = int
"""A set of fields, a bit for each."""

UNKNOWN: Final[FieldBits] = 1
"""Fields that the options of a rule do not name: they count as changed in every body."""
EVERYTHING: Final[FieldBits] = -1
"""All fields: there is no earlier body to compare with."""

FieldValues = list[Any]
"""The values of all fields that rules read, in the order of their bits."""


class FieldChanges:
    """The fields that the rules on one kind of job read."""

    def __init__(self, rules: Iterable[ContractRule]) -> None:
        self._bits: dict[str, FieldBits] = {}
        self._fields_by_rule = {rule.id: self._fields_of(rule) for rule in rules}

    def _fields_of(self, rule: ContractRule) -> FieldBits:
        fields = UNKNOWN
        for pointer in _pointers_in(rule.options):
            # A pointer to the body as a whole reads all of it.
            name = next(iter(parse_pointer(pointer)), None)
            if name is None:
                return UNKNOWN
            fields |= self._bits.setdefault(name, 2 << len(self._bits))
        # Without any field the rule searches the body.
        return fields if fields == UNKNOWN else fields & ~UNKNOWN

    def fields_of(self, rule: ContractRule) -> FieldBits:
        """Return the fields that a rule reads."""
        return self._fields_by_rule[rule.id]

    def values(self, body: Mapping[str, Any]) -> FieldValues:
        """Return the values of the fields in a body, `MISSING` for one that it lacks."""
        get = body.get
        return [get(name, MISSING) for name in self._bits]

    def changed(self, values: FieldValues, earlier: FieldValues | None) -> FieldBits:
        """Return the fields whose values differ from earlier ones; `EVERYTHING` if there are none."""
        if earlier is None:
            return EVERYTHING
        changed, bit = UNKNOWN, 1
        for value, before in zip(values, earlier, strict=True):
            bit <<= 1
            # JSON's 1, 1.0 and true are equal in Python, and no rule must take one for the other.
            if value is not before and (value != before or type(value) is not type(before) or type(value) in _INNER):
                changed |= bit
        return changed


_INNER: Final = (dict, list)
"""Types of values with values in them."""


def _pointers_in(written: Any) -> Iterator[str]:
    """Yield every JSON pointer in a rule's options, those in a sum (`/ready + /failed`) one by one."""
    if isinstance(written, str):
        yield from (part for part in written.split(" + ") if part.startswith("/") or not written)
    elif isinstance(written, Mapping):
        for key, inner in written.items():
            yield from _pointers_in(key)
            yield from _pointers_in(inner)
    elif isinstance(written, Iterable):
        for inner in written:
            yield from _pointers_in(inner)
