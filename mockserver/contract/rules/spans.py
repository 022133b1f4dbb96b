"""The kinds of rule about several bodies of one job: constants, one-way values, demands that follow an answer.

Theory of operation. Each rule keeps a few facts about each job. A body is *checked* when its call is opened, against
the facts of calls that were answered before that, and *folded* into the facts once its own answer has arrived: of two
calls that overlap, neither is the later one. Only constants are folded at once, for they have no order.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

from mockserver.contract.rules.conditions import (
    MISSING,
    all_hold,
    as_number,
    compile_conditions,
    pointer_reader,
    short_json,
)
from mockserver.contract.rules.fields import RuleViolation, condition_violations
from mockserver.contract.rules.rule_set import ContractRule

JobFacts = dict[Any, Any]
"""The memory of one rule about one job."""


class SpanRule(Protocol):
    """A rule about several bodies of one job."""

    eager: bool
    """True if a body is folded as soon as it was checked."""

    def check(self, facts: JobFacts, body: Any) -> list[RuleViolation]:
        """Return the places of a body that contradict the facts."""

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Update the facts with an answer; `body` is None if it does not show the job."""


class _ConstantRule:
    eager = True

    def __init__(self, options: Any) -> None:
        self._fields = [(pointer, pointer_reader(pointer)) for pointer in options["fields"]]

    def check(self, facts: JobFacts, body: Any) -> list[RuleViolation]:
        found = []
        for pointer, read in self._fields:
            value, known = read(body), facts.get(pointer, MISSING)
            # null is no value yet: a field may be filled in later.
            if MISSING in (known, value) or value is None or known == value:
                continue
            if type(known) is not type(value):
                # One time may be written as a number and as a text, to the second.
                first, second = as_number(known), as_number(value)
                if first is not None and second is not None and abs(first - second) < 1:
                    continue
            found.append(RuleViolation(pointer, short_json(value), f"{short_json(known)}, as in the first body"))
        return found

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        if len(facts) == len(self._fields):
            return
        for pointer, read in self._fields:
            value = read(body)
            if value is not MISSING and value is not None:
                facts.setdefault(pointer, value)


class _AnswerTrigger:
    """An answer after which a rule holds."""

    def __init__(self, written: Any) -> None:
        self._operation = str(written["operation"])
        self._statuses = frozenset(map(int, written["statuses"]))

    def matches(self, operation: str, status: int) -> bool:
        return operation == self._operation and status in self._statuses

    def has_fired(self, facts: JobFacts) -> bool:
        return "after" in facts

    def fold(self, facts: JobFacts, operation: str, status: int) -> bool:
        """Note an answer; return True if the trigger had fired before it."""
        had_fired = self.has_fired(facts)
        if self.matches(operation, status):
            facts["after"] = True
        return had_fired


class _MonotoneRule:
    eager = False

    def __init__(self, options: Any) -> None:
        self._trigger: _AnswerTrigger | None = None
        """None: the rule holds from the start."""
        if options.get("after"):
            self._trigger = _AnswerTrigger(options["after"])
        self._unless = compile_conditions(options.get("unless", []))
        signs = [(pointer, 1) for pointer in options.get("up", ())]
        signs += [(pointer, -1) for pointer in options.get("down", ())]
        self._fields = [(pointer, pointer_reader(pointer), sign) for pointer, sign in signs]

    def check(self, facts: JobFacts, body: Any) -> list[RuleViolation]:
        if (self._trigger is not None and not self._trigger.has_fired(facts)) or self._is_exempt(body):
            return []
        found = []
        for pointer, read, sign in self._fields:
            value, best = as_number(read(body)), facts.get((pointer, sign))
            if value is not None and best is not None and value * sign < best[0] * sign:
                bound = {1: "at least", -1: "at most"}[sign]
                allowed = f"{bound} {short_json(best[1])}, as before"
                found.append(RuleViolation(pointer, short_json(read(body)), allowed))
        return found

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        # The answer that fires the trigger is no bound yet: its body may show the time before it.
        if self._trigger is not None and not self._trigger.fold(facts, operation, status):
            return
        if self._is_exempt(body):
            return
        for pointer, read, sign in self._fields:
            raw = read(body)
            value, best = as_number(raw), facts.get((pointer, sign))
            if value is not None and (best is None or value * sign > best[0] * sign):
                facts[pointer, sign] = (value, raw)

    def _is_exempt(self, body: Any) -> bool:
        return bool(self._unless) and all_hold(self._unless, body)


class _AfterRule:
    eager = False

    def __init__(self, options: Any) -> None:
        self._trigger = _AnswerTrigger(options["after"])
        self._unless = compile_conditions(options.get("unless", []))
        self._then = compile_conditions(options["then"])

    def check(self, facts: JobFacts, body: Any) -> list[RuleViolation]:
        if not self._trigger.has_fired(facts) or (self._unless and all_hold(self._unless, body)):
            return []
        return condition_violations(self._then, body)

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        self._trigger.fold(facts, operation, status)


class _UntouchedRule:
    eager = False

    def __init__(self, options: Any) -> None:
        self._trigger = _AnswerTrigger(options["after"])
        self._pointer = options["field"]
        self._read = pointer_reader(self._pointer)
        self._becomes = tuple(options["becomes"])

    def check(self, facts: JobFacts, body: Any) -> list[RuleViolation]:
        value = self._read(body)
        if facts.get("before") is None or value not in self._becomes:
            return []
        return [RuleViolation(self._pointer, short_json(value), f"{facts['before']} or a state that follows it")]

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        # `before` holds the state at the trigger, and only until the next body has arrived: any later change may have
        # another cause.
        if self._trigger.matches(operation, status):
            facts["before"] = facts.get("last")
            if facts["before"] in self._becomes:
                facts["before"] = None
        elif body is not None:
            facts["last"] = self._read(body)
            facts["before"] = None


_COMPILERS: Final[dict[str, Callable[[Any], SpanRule]]] = {
    "constant": _ConstantRule,
    "monotone": _MonotoneRule,
    "after": _AfterRule,
    "untouched": _UntouchedRule,
}


def compile_span_rule(rule: ContractRule) -> SpanRule:
    """Compile a rule of one of `kinds.SPAN_RULE_KINDS`."""
    return _COMPILERS[rule.kind](rule.options)
