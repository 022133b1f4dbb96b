"""The kinds of rule about several bodies of one job: constants, values that go one way, what holds after an answer.

Theory of operation. Each rule keeps a few facts about each job. A body is *checked* when its call is opened, against
the facts of calls that were answered before that, and *folded* into the facts once its own answer is in: of two calls
that overlap neither is the later one. Only constants are folded at once, for they have no order.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

from mockserver.contract.rules.book import Rule
from mockserver.contract.rules.conditions import (
    MISSING,
    Get,
    all_hold,
    broken,
    compile_conditions,
    getter,
    number,
    told,
)
from mockserver.contract.rules.fields import Problem

Facts = dict[Any, Any]
"""What a rule remembers of one job."""


class Span(Protocol):
    """A rule about several bodies."""

    eager: bool
    """Whether a body is folded as soon as it was checked."""

    def check(self, facts: Facts, body: Any) -> list[Problem]:
        """What of a body the facts forbid."""

    def fold(self, facts: Facts, body: Any, operation: str, status: int) -> None:
        """Learn from a body that is in (None where the answer shows none)."""


class _Constant:
    eager = True

    def __init__(self, options: Any) -> None:
        self.fields: list[tuple[str, Get]] = [(pointer, getter(pointer)) for pointer in options["fields"]]

    def check(self, facts: Facts, body: Any) -> list[Problem]:
        found = []
        for pointer, get in self.fields:
            value, known = get(body), facts.get(pointer, MISSING)
            if MISSING in (known, value) or value is None or known == value or _alike(known, value):
                continue
            found.append(Problem(pointer, told(value), f"{told(known)} as before"))
        return found

    def fold(self, facts: Facts, body: Any, operation: str, status: int) -> None:
        if len(facts) == len(self.fields):
            return
        for pointer, get in self.fields:
            value = get(body)
            if value is not MISSING and value is not None:
                facts.setdefault(pointer, value)


def _alike(one: Any, other: Any) -> bool:
    """Whether two unequal values are the same time, written as a number here and as a text there."""
    if type(one) is type(other):
        return False
    first, second = number(one), number(other)
    return first is not None and second is not None and abs(first - second) < 1


class _Trigger:
    """An answer that something must hold after; without one, it holds from the start."""

    def __init__(self, written: Any) -> None:
        self.any = not written
        self.operation = "" if self.any else str(written["operation"])
        self.statuses = frozenset() if self.any else frozenset(map(int, written["statuses"]))

    def happened(self, facts: Facts) -> bool:
        return self.any or "after" in facts

    def fold(self, facts: Facts, operation: str, status: int) -> bool:
        """Whether the trigger had happened before this answer, which may be it."""
        before = self.happened(facts)
        if not self.any and operation == self.operation and status in self.statuses:
            facts["after"] = True
        return before


class _Monotone:
    eager = False

    def __init__(self, options: Any) -> None:
        self.trigger = _Trigger(options.get("after"))
        self.unless = compile_conditions(options.get("unless", []))
        ways = [(pointer, 1) for pointer in options.get("up", ())]
        ways += [(pointer, -1) for pointer in options.get("down", ())]
        self.fields = [(pointer, getter(pointer), sign) for pointer, sign in ways]

    def check(self, facts: Facts, body: Any) -> list[Problem]:
        if not self.trigger.happened(facts) or self._excused(body):
            return []
        found = []
        for pointer, get, sign in self.fields:
            value, best = number(get(body)), facts.get((pointer, sign))
            if value is not None and best is not None and value * sign < best[0] * sign:
                word = "at least" if sign > 0 else "at most"
                found.append(Problem(pointer, told(get(body)), f"{word} {told(best[1])} as before"))
        return found

    def fold(self, facts: Facts, body: Any, operation: str, status: int) -> None:
        if not self.trigger.fold(facts, operation, status) or self._excused(body):
            return
        for pointer, get, sign in self.fields:
            raw = get(body)
            value, best = number(raw), facts.get((pointer, sign))
            if value is not None and (best is None or value * sign > best[0] * sign):
                facts[pointer, sign] = (value, raw)

    def _excused(self, body: Any) -> bool:
        return bool(self.unless) and all_hold(self.unless, body)


class _After:
    eager = False

    def __init__(self, options: Any) -> None:
        self.trigger = _Trigger(options["after"])
        self.unless = compile_conditions(options.get("unless", []))
        self.then = compile_conditions(options["then"])

    def check(self, facts: Facts, body: Any) -> list[Problem]:
        if not self.trigger.happened(facts) or (self.unless and all_hold(self.unless, body)):
            return []
        return [Problem(c.pointer, told(c.get(body)), c.text) for c in broken(self.then, body)]

    def fold(self, facts: Facts, body: Any, operation: str, status: int) -> None:
        self.trigger.fold(facts, operation, status)


class _Untouched:
    eager = False

    def __init__(self, options: Any) -> None:
        self.trigger = _Trigger(options["after"])
        self.pointer, self.get = options["field"], getter(options["field"])
        self.becomes = tuple(options["becomes"])

    def check(self, facts: Facts, body: Any) -> list[Problem]:
        value = self.get(body)
        if facts.get("before") is None or value not in self.becomes:
            return []
        return [Problem(self.pointer, told(value), f"{facts['before']} or what follows it")]

    def fold(self, facts: Facts, body: Any, operation: str, status: int) -> None:
        """The state before is remembered at the trigger, until the next body is in."""
        if operation == self.trigger.operation and status in self.trigger.statuses:
            last = facts.get("last")
            facts["before"] = None if last in self.becomes else last
        elif body is not None:
            facts["last"], facts["before"] = self.get(body), None


_COMPILE: Final[dict[str, Callable[[Any], Span]]] = {
    "constant": _Constant,
    "monotone": _Monotone,
    "after": _After,
    "untouched": _Untouched,
}


def compile_span(rule: Rule) -> Span:
    """A rule of one of `kinds.SPAN_KINDS`."""
    return _COMPILE[rule.kind](rule.options)
