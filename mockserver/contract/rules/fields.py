"""The kinds of rule about one body of a job: a premise and a demand, sums, times, tables, lists, secrets.

Each is compiled once into a function from a body to its problems; a body that lacks what a rule speaks of has none.
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
    """One place in a body that breaks a rule."""

    where: str
    """A JSON pointer."""
    value: str
    """What is there, as JSON text."""
    allowed: str


BodyCheck = Callable[[Any], list[RuleViolation] | None]
"""A body in, its problems out; None where the body has nothing that the rule speaks of."""


def compile_body_check(rule: ContractRule) -> BodyCheck:
    """The check of a rule of one of `kinds.FIELD_KINDS`."""
    return _COMPILERS[rule.kind](rule.options)


def _compile_implies(options: Any) -> BodyCheck:
    when, then = compile_conditions(options.get("when", [])), compile_conditions(options["then"])

    def demand(body: Any) -> list[RuleViolation] | None:
        held = [(condition, condition.holds(body)) for condition in then]
        if all(said is None for _, said in held):
            return None
        return [RuleViolation(c.pointer, short_json(c.read(body)), c.text) for c, said in held if said is False]

    demanded = _check_each_entry(options["each"], demand) if "each" in options else demand
    return lambda body: demanded(body) if all_hold(when, body) else None


def _compile_present(options: Any) -> BodyCheck:
    by = pointer_reader(options["by"])
    fields = [(pointer, pointer_reader(pointer), tuple(states)) for pointer, states in options["fields"].items()]

    def check(body: Any) -> list[RuleViolation] | None:
        state, found = by(body), []
        if not isinstance(state, str):
            return None
        for pointer, get, states in fields:
            value = get(body)
            if (value is not MISSING and value is not None) is not (state in states):
                wanted = "there" if state in states else "absent"
                found.append(RuleViolation(pointer, short_json(value), f"{wanted}, as {options['by']} is {state}"))
        return found

    return check


def _check_each_entry(pointer: str, check: BodyCheck) -> BodyCheck:
    get = pointer_reader(pointer)

    def check_all(body: Any) -> list[RuleViolation] | None:
        entries = get(body)
        found: list[RuleViolation] | None = None
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            problems = check(entry)
            if problems is not None:
                found = [*(found or ()), *(each._replace(where=f"{pointer}/{index}{each.where}") for each in problems)]
        return found

    return check_all


def _compile_sum(options: Any) -> BodyCheck:
    gets = [pointer_reader(pointer) for pointer in (*options["parts"], options["total"])]

    def check(body: Any) -> list[RuleViolation] | None:
        known = [each for get in gets if (each := as_number(get(body))) is not None]
        if len(known) < len(gets):
            return None
        if sum(known) == 2 * known[-1]:
            return []
        return [RuleViolation(options["total"], short_json(gets[-1](body)), f"the sum {sum(known[:-1]):g}")]

    return check


def _compile_offset(options: Any) -> BodyCheck:
    later, earlier = pointer_reader(options["later"]), pointer_reader(options["earlier"])
    by = (parse_duration(options["by"]) or 0) / SECOND
    within = (parse_duration(options["within"]) or 0) / SECOND

    def check(body: Any) -> list[RuleViolation] | None:
        end, start = as_number(later(body)), as_number(earlier(body))
        if end is None or start is None:
            return None
        if abs(end - start - by) <= within:
            return []
        return [RuleViolation(options["later"], short_json(later(body)), f"{options['earlier']} and {options['by']}")]

    return check


def _compile_ordered(options: Any) -> BodyCheck:
    fields = [(pointer, pointer_reader(pointer)) for pointer in options["fields"]]
    within = (parse_duration(options["within"]) or 0) / SECOND

    def check(body: Any) -> list[RuleViolation] | None:
        found: list[RuleViolation] = []
        last: tuple[float, str] | None = None
        compared = False
        for pointer, get in fields:
            value = as_number(get(body))
            if value is None:
                continue
            compared = last is not None
            if last is not None and value < last[0] - within:
                found.append(RuleViolation(pointer, short_json(get(body)), f"not before {last[1]}"))
            last = (value, pointer)
        return found if compared else None

    return check


def _compile_matches(options: Any) -> BodyCheck:
    field, by, table = pointer_reader(options["field"]), pointer_reader(options["by"]), dict(options["table"])

    def check(body: Any) -> list[RuleViolation] | None:
        value, key = field(body), by(body)
        if value is MISSING or not isinstance(key, str) or key not in table:
            return None
        if value == table[key]:
            return []
        return [RuleViolation(options["field"], short_json(value), f"{table[key]}, as {options['by']} is {key}")]

    return check


def _compile_rising(options: Any) -> BodyCheck:
    """One way, whichever: no page says whether the newest comes first."""
    each, field, by = (
        pointer_reader(options["each"]),
        pointer_reader(options["field"]),
        pointer_reader(options.get("by", "")),
    )

    def check(body: Any) -> list[RuleViolation] | None:
        entries = each(body)
        runs: dict[str, list[float]] = {}
        for entry in entries if isinstance(entries, list) else ():
            value = as_number(field(entry))
            if value is not None:
                runs.setdefault(short_json(by(entry)) if "by" in options else "", []).append(value)
        turning = [run for run in runs.values() if _changes_direction(run)]
        return (
            [RuleViolation(options["each"], short_json(run), "a number that goes one way") for run in turning]
            if runs
            else None
        )

    return check


def _changes_direction(run: list[float]) -> bool:
    steps = [after - before for before, after in pairwise(run)]
    return not (all(step > 0 for step in steps) or all(step < 0 for step in steps))


def _compile_secret(options: Any) -> BodyCheck:
    keys, prefixes = frozenset(options["keys"]), tuple(options["values"])

    def check(body: Any) -> list[RuleViolation]:
        return list(_find_secrets(body, "", keys, prefixes))

    return check


_MAX_SECRET_DEPTH: Final = 50


def _find_secrets(
    value: Any, where: str, keys: frozenset[str], prefixes: tuple[str, ...], depth: int = 0
) -> Iterator[RuleViolation]:
    """Never the secret itself: a finding is read by others."""
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
