"""The kinds of rule about one body of a job: a premise and a demand, sums, times, tables, lists, secrets.

Each rule is compiled once into a function from a body to its violations. The function returns None, which is not
evidence, for a body that lacks the fields the rule is about.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Final, NamedTuple

from mockserver.contract.rules.conditions import (
    MISSING,
    Condition,
    all_hold,
    as_number,
    broken_conditions,
    compile_conditions,
    numbers_reader,
    pointer_reader,
    short_json,
)
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.core.instants import SECOND, parse_duration


class RuleViolation(NamedTuple):
    """One place in an exchange that breaks a rule."""

    where: str
    """A JSON pointer into the body, or `status`."""
    value: str
    """The value there, as JSON text."""
    allowed: str
    """The values that would keep the rule, in words."""


def condition_violations(conditions: tuple[Condition, ...], whole: Any) -> list[RuleViolation]:
    """Return a violation for each condition that is false, not unknown."""
    return [
        RuleViolation(condition.pointer, short_json(condition.read(whole)), condition.text)
        for condition in broken_conditions(conditions, whole)
    ]


BodyCheck = Callable[[Any], list[RuleViolation] | None]
"""Returns the violations of a body; None if the rule does not apply to it."""


def compile_body_check(rule: ContractRule) -> BodyCheck:
    """Compile a rule of one of `kinds.BODY_RULE_KINDS`."""
    return _COMPILERS[rule.kind](rule.options)


def _compile_implies(options: Any) -> BodyCheck:
    when = compile_conditions(options.get("when", []))
    then = compile_conditions(options["then"])

    pointer = options.get("each", "")
    read_list = pointer_reader(pointer)

    def check_entry(entry: Any, place: str) -> list[RuleViolation] | None:
        """Return the conditions that do not hold for an entry; None if none of them can be decided."""
        results = [(condition, condition.holds(entry)) for condition in then]
        if all(holds is None for _, holds in results):
            return None
        return [
            RuleViolation(place + condition.pointer, short_json(condition.read(entry)), condition.text)
            for condition, holds in results
            if holds is False
        ]

    def check_implication(body: Any) -> list[RuleViolation] | None:
        """Return what a body, or each entry of its list, breaks; None if the rule is not about this body."""
        if not all_hold(when, body):
            return None
        if not pointer:
            return check_entry(body, "")
        found: list[RuleViolation] | None = None
        for index, entry in enumerate(_as_list(read_list(body))):
            violations = check_entry(entry, f"{pointer}/{index}")
            if violations is not None:
                # One entry that the rule applies to makes the body evidence.
                found = (found or []) + violations
        return found

    return check_implication


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return []


def _compile_present(options: Any) -> BodyCheck:
    read_state = pointer_reader(options["by"])
    fields = [(pointer, pointer_reader(pointer), tuple(states)) for pointer, states in options["fields"].items()]

    def check_presence(body: Any) -> list[RuleViolation] | None:
        """Return the fields that are missing or present against the state; None for a body without a state."""
        state = read_state(body)
        if not isinstance(state, str):
            return None
        found = []
        for pointer, read, states in fields:
            value = read(body)
            is_absent = value is MISSING or value is None
            if is_absent is (state in states):
                wanted = "present" if is_absent else "absent"
                found.append(RuleViolation(pointer, short_json(value), f"{wanted} while {options['by']} is {state}"))
        return found

    return check_presence


def _compile_sum(options: Any) -> BodyCheck:
    read_total = pointer_reader(options["total"])
    read_numbers = numbers_reader([options["total"], *options["parts"]])

    def check_sum(body: Any) -> list[RuleViolation] | None:
        numbers = read_numbers(body)
        if numbers is None:
            return None
        parts = sum(numbers[1:])
        if parts == numbers[0]:
            return []
        return [RuleViolation(options["total"], short_json(read_total(body)), f"the sum {parts:g}")]

    return check_sum


def _compile_offset(options: Any) -> BodyCheck:
    read_later = pointer_reader(options["later"])
    read_numbers = numbers_reader([options["later"], options["earlier"]])
    offset, tolerance = _seconds(options["by"]), _seconds(options["within"])

    def check_offset(body: Any) -> list[RuleViolation] | None:
        numbers = read_numbers(body)
        if numbers is None:
            return None
        if abs(numbers[0] - numbers[1] - offset) <= tolerance:
            return []
        allowed = f"{options['earlier']} plus {options['by']}"
        return [RuleViolation(options["later"], short_json(read_later(body)), allowed)]

    return check_offset


def _seconds(written: str) -> float:
    # The rule's kind has checked that it is a duration.
    return (parse_duration(written) or 0) / SECOND


def _compile_ordered(options: Any) -> BodyCheck:
    fields = [(pointer, pointer_reader(pointer)) for pointer in options["fields"]]
    tolerance = _seconds(options["within"])

    def check_order(body: Any) -> list[RuleViolation] | None:
        """Return the times that are before one that they must follow; None for fewer than two times."""
        found: list[RuleViolation] | None = None
        previous: tuple[float, str] | None = None
        # Each time is compared with the last one that is present: a null between two of them hides no disorder.
        for pointer, read in fields:
            value = as_number(read(body))
            if value is None:
                continue
            if previous is not None:
                found = found or []
                if value < previous[0] - tolerance:
                    found.append(RuleViolation(pointer, short_json(read(body)), f"not before {previous[1]}"))
            previous = (value, pointer)
        return found

    return check_order


def _compile_matches(options: Any) -> BodyCheck:
    read_field, read_key = pointer_reader(options["field"]), pointer_reader(options["by"])
    table = dict(options["table"])

    def check_table(body: Any) -> list[RuleViolation] | None:
        """Return the field if it is not what the table has for the key; None for a body that the table lacks."""
        value, key = read_field(body), read_key(body)
        if value is MISSING or not isinstance(key, str) or key not in table:
            return None
        if value == table[key]:
            return []
        return [RuleViolation(options["field"], short_json(value), f"{table[key]} while {options['by']} is {key}")]

    return check_table


def _compile_rising(options: Any) -> BodyCheck:
    """Compile a check of one direction, either one: no page says whether the newest entry comes first."""
    read_list, read_number = pointer_reader(options["each"]), pointer_reader(options["field"])
    read_group = pointer_reader(options.get("by", ""))

    def check_rise(body: Any) -> list[RuleViolation] | None:
        """Return the runs of numbers that turn; None for a body without a number."""
        runs: dict[str, list[float]] = {}
        for entry in _as_list(read_list(body)):
            number = as_number(read_number(entry))
            if number is not None:
                # Without `by`, all entries are of one group.
                group = ""
                if "by" in options:
                    group = short_json(read_group(entry))
                runs.setdefault(group, []).append(number)
        if not runs:
            return None
        found = []
        for run in runs.values():
            steps = [after - before for before, after in pairwise(run)]
            if not all(step > 0 for step in steps) and not all(step < 0 for step in steps):
                found.append(RuleViolation(options["each"], short_json(run), "a number that only rises or only falls"))
        return found

    return check_rise


def _compile_secret(options: Any) -> BodyCheck:
    keys, prefixes = frozenset(options["keys"]), tuple(options["values"])
    return lambda body: list(_find_secrets(body, "", keys, prefixes))


_MAX_SECRET_DEPTH: Final = 50


def _find_secrets(
    values: dict[str, Any] | list[Any], where: str, keys: frozenset[str], prefixes: tuple[str, ...], depth: int = 0
) -> Iterator[RuleViolation]:
    """Yield the places of secrets, never a secret itself: findings are passed on to others."""
    for key, inner in values.items() if isinstance(values, dict) else enumerate(values):
        if (key in keys and inner not in (None, "", False)) or (isinstance(inner, str) and inner.startswith(prefixes)):
            yield RuleViolation(f"{where}/{key}", '"..."', "no secret")
        elif isinstance(inner, (dict, list)) and depth < _MAX_SECRET_DEPTH:
            yield from _find_secrets(inner, f"{where}/{key}", keys, prefixes, depth + 1)


_COMPILERS: Final[dict[str, Callable[[Any], BodyCheck]]] = {
    "implies": _compile_implies,
    "present": _compile_present,
    "sum": _compile_sum,
    "offset": _compile_offset,
    "ordered": _compile_ordered,
    "matches": _compile_matches,
    "rising": _compile_rising,
    "secret": _compile_secret,
}
