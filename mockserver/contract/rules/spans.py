"""The kinds of rule about several bodies of one job: constants, values that go one way, what holds after an answer.

Theory of operation. Each rule keeps a few facts about each job. A body is *checked* when its call is opened, against
the facts of calls that were answered before that, and *folded* into the facts once its own answer is in: of two calls
that overlap neither is the later one. Only constants are folded at once, for they have no order.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

from mockserver.contract.rules.conditions import (
    MISSING,
    ValueReader,
    all_hold,
    as_number,
    broken_conditions,
    compile_conditions,
    pointer_reader,
    short_json,
)
from mockserver.contract.rules.fields import RuleViolation
from mockserver.contract.rules.rule_set import ContractRule

JobFacts = dict[Any, Any]
"""What a rule remembers of one job."""


class SpanRule(Protocol):
    """A rule about several bodies."""

    eager: bool
    """Whether a body is folded as soon as it was checked."""

    def check(self, facts: JobFacts, body: Any) -> list[RuleViolation]:
        """What of a body the facts forbid."""

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Learn from a body that is in (None where the answer shows none)."""


class _ConstantRule:
    eager = True

    def __init__(self, options: Any) -> None:
        self.fields: list[tuple[str, ValueReader]] = [
            (pointer, pointer_reader(pointer)) for pointer in options["fields"]
        ]

    def check(self, facts: JobFacts, body: Any) -> list[RuleViolation]:
        found = []
        for pointer, get in self.fields:
            value, known = get(body), facts.get(pointer, MISSING)
            if MISSING in (known, value) or value is None or known == value or _same_time(known, value):
                continue
            found.append(RuleViolation(pointer, short_json(value), f"{short_json(known)} as before"))
        return found

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        if len(facts) == len(self.fields):
            return
        for pointer, get in self.fields:
            value = get(body)
            if value is not MISSING and value is not None:
                facts.setdefault(pointer, value)


def _same_time(one: Any, other: Any) -> bool:
    """Whether two unequal values are the same time, written as a number here and as a text there."""
    if type(one) is type(other):
        return False
    first, second = as_number(one), as_number(other)
    return first is not None and second is not None and abs(first - second) < 1


class _AnswerTrigger:
    """An answer that something must hold after; without one, it holds from the start."""

    def __init__(self, written: Any) -> None:
        self.is_absent = not written
        self.operation = "" if self.is_absent else str(written["operation"])
        self.statuses = frozenset() if self.is_absent else frozenset(map(int, written["statuses"]))

    def has_fired(self, facts: JobFacts) -> bool:
        return self.is_absent or "after" in facts

    def fold(self, facts: JobFacts, operation: str, status: int) -> bool:
        """Whether the trigger had happened before this answer, which may be it."""
        before = self.has_fired(facts)
        if not self.is_absent and operation == self.operation and status in self.statuses:
            facts["after"] = True
        return before


class _MonotoneRule:
    eager = False

    def __init__(self, options: Any) -> None:
        self.trigger = _AnswerTrigger(options.get("after"))
        self.unless = compile_conditions(options.get("unless", []))
        ways = [(pointer, 1) for pointer in options.get("up", ())]
        ways += [(pointer, -1) for pointer in options.get("down", ())]
        self.fields = [(pointer, pointer_reader(pointer), sign) for pointer, sign in ways]

    def check(self, facts: JobFacts, body: Any) -> list[RuleViolation]:
        if not self.trigger.has_fired(facts) or self._is_exempt(body):
            return []
        found = []
        for pointer, get, sign in self.fields:
            value, best = as_number(get(body)), facts.get((pointer, sign))
            if value is not None and best is not None and value * sign < best[0] * sign:
                word = "at least" if sign > 0 else "at most"
                found.append(RuleViolation(pointer, short_json(get(body)), f"{word} {short_json(best[1])} as before"))
        return found

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        if not self.trigger.fold(facts, operation, status) or self._is_exempt(body):
            return
        for pointer, get, sign in self.fields:
            raw = get(body)
            value, best = as_number(raw), facts.get((pointer, sign))
            if value is not None and (best is None or value * sign > best[0] * sign):
                facts[pointer, sign] = (value, raw)

    def _is_exempt(self, body: Any) -> bool:
        return bool(self.unless) and all_hold(self.unless, body)


class _AfterRule:
    eager = False

    def __init__(self, options: Any) -> None:
        self.trigger = _AnswerTrigger(options["after"])
        self.unless = compile_conditions(options.get("unless", []))
        self.then = compile_conditions(options["then"])

    def check(self, facts: JobFacts, body: Any) -> list[RuleViolation]:
        if not self.trigger.has_fired(facts) or (self.unless and all_hold(self.unless, body)):
            return []
        return [RuleViolation(c.pointer, short_json(c.read(body)), c.text) for c in broken_conditions(self.then, body)]

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        self.trigger.fold(facts, operation, status)


class _UntouchedRule:
    eager = False

    def __init__(self, options: Any) -> None:
        self.trigger = _AnswerTrigger(options["after"])
        self.pointer, self.get = options["field"], pointer_reader(options["field"])
        self.becomes = tuple(options["becomes"])

    def check(self, facts: JobFacts, body: Any) -> list[RuleViolation]:
        value = self.get(body)
        if facts.get("before") is None or value not in self.becomes:
            return []
        return [RuleViolation(self.pointer, short_json(value), f"{facts['before']} or what follows it")]

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """The state before is remembered at the trigger, until the next body is in."""
        if operation == self.trigger.operation and status in self.trigger.statuses:
            last = facts.get("last")
            facts["before"] = None if last in self.becomes else last
        elif body is not None:
            facts["last"], facts["before"] = self.get(body), None


_COMPILERS: Final[dict[str, Callable[[Any], SpanRule]]] = {
    "constant": _ConstantRule,
    "monotone": _MonotoneRule,
    "after": _AfterRule,
    "untouched": _UntouchedRule,
}


def compile_span_rule(rule: ContractRule) -> SpanRule:
    """A rule of one of `kinds.SPAN_KINDS`."""
    return _COMPILERS[rule.kind](rule.options)
