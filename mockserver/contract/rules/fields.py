"""The kinds of rule about one body of a job: a premise and a demand, sums, times, tables, lists, secrets.

Each rule is compiled once into a function from a body to its violations. The function returns None, which is not
evidence, for a body that lacks the fields the rule is about.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Final, NamedTuple

from mockserver.contract.rules.conditions import (
    MISSING,
    all_hold,
    as_number,
    compile_conditions,
    pointer_reader,
    short_json,
)
from mockserver.contract.rules.rule_set import ContractRule
from mockserver.core.instants import SECOND, parse_duration


class RuleViolation(NamedTuple):
    """One place in an exchange that breaks a rule."""

    where: str
    """A JSON pointer into the body, or `status`."""
    value: str
    """The value there, as JSON text."""
    allowed: str
    """The values that would keep the rule, in words."""


BodyCheck = Callable[[Any], list[RuleViolation] | None]
"""Returns the violations of a body; None if the rule does not apply to it."""


def compile_body_check(rule: ContractRule) -> BodyCheck:
    """Compile a rule of one of `kinds.BODY_RULE_KINDS`."""
    return _COMPILERS[rule.kind](rule.options)


def _compile_implies(options: Any) -> BodyCheck:
    when = compile_conditions(options.get("when", []))
    then = compile_conditions(options["then"])

    def check_entry(entry: Any) -> list[RuleViolation] | None:
        results = [(condition, condition.holds(entry)) for condition in then]
        if all(holds is None for _, holds in results):
            return None
        return [
            RuleViolation(condition.pointer, short_json(condition.read(entry)), condition.text)
            for condition, holds in results
            if holds is False
        ]

    check: BodyCheck = check_entry
    if "each" in options:
        check = _check_each_entry(options["each"], check_entry)
    return lambda body: check(body) if all_hold(when, body) else None


def _check_each_entry(pointer: str, check_entry: BodyCheck) -> BodyCheck:
    read_list = pointer_reader(pointer)

    def check(body: Any) -> list[RuleViolation] | None:
        found: list[RuleViolation] | None = None
        for index, entry in enumerate(_as_list(read_list(body))):
            violations = check_entry(entry)
            if violations is None:
                continue
            # One entry that the rule applies to makes the body evidence.
            found = found or []
            found += (each._replace(where=f"{pointer}/{index}{each.where}") for each in violations)
        return found

    return check


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _compile_present(options: Any) -> BodyCheck:
    read_state = pointer_reader(options["by"])
    fields = [(pointer, pointer_reader(pointer), tuple(states)) for pointer, states in options["fields"].items()]

    def check(body: Any) -> list[RuleViolation] | None:
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

    return check


def _compile_sum(options: Any) -> BodyCheck:
    part_readers = [pointer_reader(pointer) for pointer in options["parts"]]
    read_total = pointer_reader(options["total"])

    def check(body: Any) -> list[RuleViolation] | None:
        total = as_number(read_total(body))
        if total is None:
            return None
        expected = 0.0
        for read in part_readers:
            part = as_number(read(body))
            if part is None:
                return None
            expected += part
        if expected == total:
            return []
        return [RuleViolation(options["total"], short_json(read_total(body)), f"the sum {expected:g}")]

    return check


def _compile_offset(options: Any) -> BodyCheck:
    read_later, read_earlier = pointer_reader(options["later"]), pointer_reader(options["earlier"])
    offset, tolerance = _seconds(options["by"]), _seconds(options["within"])

    def check(body: Any) -> list[RuleViolation] | None:
        end, start = as_number(read_later(body)), as_number(read_earlier(body))
        if end is None or start is None:
            return None
        if abs(end - start - offset) <= tolerance:
            return []
        allowed = f"{options['earlier']} plus {options['by']}"
        return [RuleViolation(options["later"], short_json(read_later(body)), allowed)]

    return check


def _seconds(written: str) -> float:
    # The rule's kind has checked that it is a duration.
    return (parse_duration(written) or 0) / SECOND


def _compile_ordered(options: Any) -> BodyCheck:
    fields = [(pointer, pointer_reader(pointer)) for pointer in options["fields"]]
    tolerance = _seconds(options["within"])

    def check(body: Any) -> list[RuleViolation] | None:
        found: list[RuleViolation] = []
        compared = False
        previous: tuple[float, str] | None = None
        # Each time is compared with the last one that is present: a null between two of them hides no disorder.
        for pointer, read in fields:
            value = as_number(read(body))
            if value is None:
                continue
            compared = previous is not None
            if previous is not None and value < previous[0] - tolerance:
                found.append(RuleViolation(pointer, short_json(read(body)), f"not before {previous[1]}"))
            previous = (value, pointer)
        if not compared:
            return None
        return found

    return check


def _compile_matches(options: Any) -> BodyCheck:
    read_field, read_key = pointer_reader(options["field"]), pointer_reader(options["by"])
    table = dict(options["table"])

    def check(body: Any) -> list[RuleViolation] | None:
        value, key = read_field(body), read_key(body)
        if value is MISSING or not isinstance(key, str) or key not in table:
            return None
        if value == table[key]:
            return []
        return [RuleViolation(options["field"], short_json(value), f"{table[key]} while {options['by']} is {key}")]

    return check


def _compile_rising(options: Any) -> BodyCheck:
    """Compile a check of one direction, either one: no page says whether the newest entry comes first."""
    read_list, read_number = pointer_reader(options["each"]), pointer_reader(options["field"])
    read_group = pointer_reader(options.get("by", ""))

    def check(body: Any) -> list[RuleViolation] | None:
        runs: dict[str, list[float]] = {}
        for entry in _as_list(read_list(body)):
            number = as_number(read_number(entry))
            if number is not None:
                # Without `by`, all entries are of one group.
                group = short_json(read_group(entry)) if "by" in options else ""
                runs.setdefault(group, []).append(number)
        if not runs:
            return None
        allowed = "a number that only rises or only falls"
        return [
            RuleViolation(options["each"], short_json(run), allowed) for run in runs.values() if _changes_direction(run)
        ]

    return check


def _changes_direction(run: list[float]) -> bool:
    steps = [after - before for before, after in pairwise(run)]
    return not (all(step > 0 for step in steps) or all(step < 0 for step in steps))


def _compile_secret(options: Any) -> BodyCheck:
    keys, prefixes = frozenset(options["keys"]), tuple(options["values"])
    return lambda body: list(_find_secrets(body, "", keys, prefixes))


_MAX_SECRET_DEPTH: Final = 50


def _find_secrets(
    value: Any, where: str, keys: frozenset[str], prefixes: tuple[str, ...], depth: int = 0
) -> Iterator[RuleViolation]:
    """Yield the places of secrets, never a secret itself: findings are passed on to others."""
    if depth > _MAX_SECRET_DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in keys and inner not in (None, "", False):
                yield RuleViolation(f"{where}/{key}", '"..."', "no secret")
            else:
                yield from _find_secrets(inner, f"{where}/{key}", keys, prefixes, depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _find_secrets(inner, f"{where}/{index}", keys, prefixes, depth + 1)
    elif isinstance(value, str) and value.startswith(prefixes):
        yield RuleViolation(where, '"..."', "no secret")


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
