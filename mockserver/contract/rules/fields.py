"""The kinds of rule about one body of a job: a premise and a demand, sums, times, tables, lists, secrets.

Each is compiled once into a function from a body to its problems; a body that lacks what a rule speaks of has none.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Final, NamedTuple

from mockserver.contract.rules.book import Rule
from mockserver.contract.rules.conditions import (
    MISSING,
    all_hold,
    compile_conditions,
    getter,
    number,
    told,
)
from mockserver.core.instants import SECOND, parse_duration


class Problem(NamedTuple):
    """One place in a body that breaks a rule."""

    where: str
    """A JSON pointer."""
    value: str
    """What is there, as JSON text."""
    allowed: str


Check = Callable[[Any], list[Problem] | None]
"""A body in, its problems out; None where the body has nothing that the rule speaks of."""


def compile_field(rule: Rule) -> Check:
    """The check of a rule of one of `kinds.FIELD_KINDS`."""
    return _COMPILE[rule.kind](rule.options)


def _implies(options: Any) -> Check:
    when, then = compile_conditions(options.get("when", [])), compile_conditions(options["then"])

    def demand(body: Any) -> list[Problem] | None:
        held = [(condition, condition.holds(body)) for condition in then]
        if all(said is None for _, said in held):
            return None
        return [Problem(c.pointer, told(c.get(body)), c.text) for c, said in held if said is False]

    demanded = _for_each(options["each"], demand) if "each" in options else demand
    return lambda body: demanded(body) if all_hold(when, body) else None


def _present(options: Any) -> Check:
    by = getter(options["by"])
    fields = [(pointer, getter(pointer), tuple(states)) for pointer, states in options["fields"].items()]

    def check(body: Any) -> list[Problem] | None:
        state, found = by(body), []
        if not isinstance(state, str):
            return None
        for pointer, get, states in fields:
            value = get(body)
            if (value is not MISSING and value is not None) is not (state in states):
                wanted = "there" if state in states else "absent"
                found.append(Problem(pointer, told(value), f"{wanted}, as {options['by']} is {state}"))
        return found

    return check


def _for_each(pointer: str, check: Check) -> Check:
    get = getter(pointer)

    def check_all(body: Any) -> list[Problem] | None:
        entries = get(body)
        found: list[Problem] | None = None
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            problems = check(entry)
            if problems is not None:
                found = [*(found or ()), *(each._replace(where=f"{pointer}/{index}{each.where}") for each in problems)]
        return found

    return check_all


def _sum(options: Any) -> Check:
    gets = [getter(pointer) for pointer in (*options["parts"], options["total"])]

    def check(body: Any) -> list[Problem] | None:
        known = [each for get in gets if (each := number(get(body))) is not None]
        if len(known) < len(gets):
            return None
        if sum(known) == 2 * known[-1]:
            return []
        return [Problem(options["total"], told(gets[-1](body)), f"the sum {sum(known[:-1]):g}")]

    return check


def _offset(options: Any) -> Check:
    later, earlier = getter(options["later"]), getter(options["earlier"])
    by = (parse_duration(options["by"]) or 0) / SECOND
    within = (parse_duration(options["within"]) or 0) / SECOND

    def check(body: Any) -> list[Problem] | None:
        end, start = number(later(body)), number(earlier(body))
        if end is None or start is None:
            return None
        if abs(end - start - by) <= within:
            return []
        return [Problem(options["later"], told(later(body)), f"{options['earlier']} and {options['by']}")]

    return check


def _ordered(options: Any) -> Check:
    fields = [(pointer, getter(pointer)) for pointer in options["fields"]]
    within = (parse_duration(options["within"]) or 0) / SECOND

    def check(body: Any) -> list[Problem] | None:
        found: list[Problem] = []
        last: tuple[float, str] | None = None
        compared = False
        for pointer, get in fields:
            value = number(get(body))
            if value is None:
                continue
            compared = last is not None
            if last is not None and value < last[0] - within:
                found.append(Problem(pointer, told(get(body)), f"not before {last[1]}"))
            last = (value, pointer)
        return found if compared else None

    return check


def _matches(options: Any) -> Check:
    field, by, table = getter(options["field"]), getter(options["by"]), dict(options["table"])

    def check(body: Any) -> list[Problem] | None:
        value, key = field(body), by(body)
        if value is MISSING or not isinstance(key, str) or key not in table:
            return None
        if value == table[key]:
            return []
        return [Problem(options["field"], told(value), f"{table[key]}, as {options['by']} is {key}")]

    return check


def _rising(options: Any) -> Check:
    """One way, whichever: no page says whether the newest comes first."""
    each, field, by = getter(options["each"]), getter(options["field"]), getter(options.get("by", ""))

    def check(body: Any) -> list[Problem] | None:
        entries = each(body)
        runs: dict[str, list[float]] = {}
        for entry in entries if isinstance(entries, list) else ():
            value = number(field(entry))
            if value is not None:
                runs.setdefault(told(by(entry)) if "by" in options else "", []).append(value)
        turning = [run for run in runs.values() if _turns(run)]
        return [Problem(options["each"], told(run), "a number that goes one way") for run in turning] if runs else None

    return check


def _turns(run: list[float]) -> bool:
    steps = [after - before for before, after in pairwise(run)]
    return not (all(step > 0 for step in steps) or all(step < 0 for step in steps))


def _secret(options: Any) -> Check:
    keys, prefixes = frozenset(options["keys"]), tuple(options["values"])

    def check(body: Any) -> list[Problem]:
        return list(_secrets(body, "", keys, prefixes))

    return check


_DEEPEST: Final = 50


def _secrets(
    value: Any, where: str, keys: frozenset[str], prefixes: tuple[str, ...], depth: int = 0
) -> Iterator[Problem]:
    """Never the secret itself: a finding is read by others."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in keys and inner not in (None, "", False):
                yield Problem(f"{where}/{key}", '"..."', "no secret")
            else:
                yield from _secrets(inner, f"{where}/{key}", keys, prefixes, depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _secrets(inner, f"{where}/{index}", keys, prefixes, depth + 1)
    elif isinstance(value, str) and value.startswith(prefixes):
        yield Problem(where, '"..."', "no secret")


_COMPILE: Final[dict[str, Callable[[Any], Check]]] = {
    "implies": _implies,
    "present": _present,
    "sum": _sum,
    "offset": _offset,
    "ordered": _ordered,
    "matches": _matches,
    "rising": _rising,
    "secret": _secret,
}
