"""Rules that compare the bodies of one job with each other: its id stays, its counters only rise, its deadline passes.

Example. A rule of the kind `monotone` says that `progress` never falls. Four reads of a job show 10, 40, 30 and 50. The
rule remembers the highest value so far; the third body breaks it, because 30 is less than 40.

| kind | remembers of a job | a body breaks it that |
|---|---|---|
| `constant` | the first value of each field | shows another value |
| `monotone` | the highest, or lowest, value of one field | goes back behind it |
| `after` | that the answer in `after` has come | lacks what must hold from then on |
| `untouched` | the state just before a refusal | is the first one after it, and shows its effect |
| `deadline` | the last instant at which the job may be unchanged | was sent later, and shows no effect |
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from operator import gt, lt
from typing import Any, Final

from mockserver.contract.rules.conditions import (
    MISSING,
    all_hold,
    as_number,
    compile_conditions,
    pointer_reader,
    short_json,
    sum_reader,
    values_reader,
)
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.field_changes import TIME, UNKNOWN
from mockserver.contract.rules.fields import RuleViolation, condition_violations
from mockserver.contract.rules.span_rule import AnswerTrigger, JobFacts, SpanRule
from mockserver.core.instants import SECOND, Instant, parse_duration, parse_http_date
from mockserver.core.wire import Exchange


class _ConstantRule(SpanRule):
    """Fields that keep their first value. Facts: the value by pointer, and all of them under `_ALL_VALUES`."""

    is_eager = True
    reads_besides = 0

    def __init__(self, options: Any) -> None:
        self._pointers: Sequence[str] = options["fields"]
        self._read_values = values_reader(self._pointers)

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation] | None:
        """Return the fields whose value is not their first one."""
        if not facts:
            return None
        values = self._read_values(body)
        # Nearly all bodies show the values that are known, and most show all of them.
        if facts.get(_ALL_VALUES) == values:
            return []
        found = []
        for pointer, value in zip(self._pointers, values, strict=True):
            known = facts.get(pointer, MISSING)
            if value != known and _contradicts(known, value):
                found.append(RuleViolation(pointer, short_json(value), f"{short_json(known)}, as in the first body"))
        return found

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Remember the first value of each field."""
        if _ALL_VALUES in facts:
            return
        for pointer, value in zip(self._pointers, self._read_values(body), strict=True):
            if value is not MISSING and value is not None and pointer not in facts:
                facts[pointer] = value
        if len(facts) == len(self._pointers):
            facts[_ALL_VALUES] = tuple(facts[pointer] for pointer in self._pointers)


_ALL_VALUES: Final = "all values"
"""The key of a tuple of all values, as soon as each is known: one comparison then settles nearly every body."""


def _contradicts(known: Any, value: Any) -> bool:
    """Return True if a value that differs from the known one breaks it; missing values and null are no values yet."""
    if known is MISSING or value is MISSING or value is None:
        return False
    if type(known) is not type(value):
        # One time may be written as a number and as a text, to the second.
        first, second = as_number(known), as_number(value)
        return first is None or second is None or abs(first - second) >= 1
    return True


class _EntryConstantRule(SpanRule):
    """Fields that keep their first value in each entry of a list; an entry is known by its field `by`.

    Facts: the value by the entry's key and pointer.
    """

    is_eager = True
    reads_besides = 0

    def __init__(self, options: Any) -> None:
        self._list_pointer = options["each"]
        self._read_list, self._read_key = pointer_reader(options["each"]), pointer_reader(options["by"])
        self._fields = [(pointer, pointer_reader(pointer)) for pointer in options["fields"]]

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation] | None:
        """Return the fields of entries whose value is not their first one."""
        if not facts:
            return None
        found = []
        for place, key, entry in self._entries(body):
            for pointer, read in self._fields:
                value, known = read(entry), facts.get((key, pointer), MISSING)
                if value != known and _contradicts(known, value):
                    allowed = f"{short_json(known)}, as in the first body"
                    found.append(RuleViolation(place + pointer, short_json(value), allowed))
        return found

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Remember the first value of each field of each entry."""
        for _, key, entry in self._entries(body):
            for pointer, read in self._fields:
                value = read(entry)
                if value is not MISSING and value is not None and len(facts) < _MAX_ENTRY_FACTS:
                    facts.setdefault((key, pointer), value)

    def _entries(self, body: Any) -> Iterator[tuple[str, str, Any]]:
        """Yield the place, the key and the value of each entry with a key."""
        entries = self._read_list(body)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            key = self._read_key(entry)
            if isinstance(key, str):
                yield f"{self._list_pointer}/{index}", key, entry


_MAX_ENTRY_FACTS: Final = 200
"""Values of entries that are remembered of one job."""


class _MonotoneRule(SpanRule):
    """A value that only rises (`up`) or only falls (`down`). Facts: the furthest one, as number and as written."""

    def __init__(self, options: Any) -> None:
        self._unless = compile_conditions(options.get("unless", []))
        rises = bool(options.get("up"))
        (self._pointer,) = options["up" if rises else "down"]
        self._read = sum_reader(self._pointer)
        self._is_behind = lt if rises else gt
        self._bound = "at least" if rises else "at most"
        self._key = f"{self._bound} {self._pointer}"
        self.reads_besides = 0
        if options.get("after"):
            self.reads_besides = UNKNOWN
            # Of its own: the rule's other values have the same facts.
            self.begins_with = AnswerTrigger(options["after"], f"{self._key} has fired")

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation] | None:
        """Return the value if it went back behind the furthest one."""
        furthest = facts.get(self._key)
        if furthest is None:
            return [] if self.begins_with is not None and self.begins_with.has_fired(facts) else None
        written = self._read(body)
        value = as_number(written)
        # The exemption is tried last: most bodies move no value against its direction.
        if value is None or not self._is_behind(value, furthest[0]) or self._is_exempt(body):
            return []
        allowed = f"{self._bound} {short_json(furthest[1])}, as before"
        return [RuleViolation(self._pointer, short_json(written), allowed)]

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Remember the furthest value."""
        # The answer that fires the trigger is no bound yet: its body may show the time before it.
        if self.begins_with is not None and not self.begins_with.fold(facts, operation, status):
            return
        written, furthest = self._read(body), facts.get(self._key)
        value = as_number(written)
        if value is None or (furthest is not None and not self._is_behind(furthest[0], value)):
            return
        if not self._is_exempt(body):
            facts[self._key] = (value, written)

    def advance(
        self, facts: JobFacts, body: Any, exchange: Exchange, operation: str, status: int
    ) -> list[RuleViolation] | None:
        """Check and fold a body: most bodies show the furthest value or one beyond it, and are read once."""
        furthest, written = facts.get(self._key), self._read(body)
        value = as_number(written)
        if furthest is None or value is None or self._is_behind(value, furthest[0]):
            return super().advance(facts, body, exchange, operation, status)
        if value != furthest[0] and not self._is_exempt(body):
            facts[self._key] = (value, written)
        return []

    def _is_exempt(self, body: Any) -> bool:
        return bool(self._unless) and all_hold(self._unless, body)


class _AfterRule(SpanRule):
    """Conditions that hold in every body after an answer. Facts: those of the trigger."""

    begins_with: AnswerTrigger

    def __init__(self, options: Any) -> None:
        self.begins_with = AnswerTrigger(options["after"])
        self._unless = compile_conditions(options.get("unless", []))
        self._then = compile_conditions(options["then"])

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation] | None:
        """Return the conditions that do not hold although the answer has come."""
        if not self.begins_with.has_fired(facts):
            return None
        if self._unless and all_hold(self._unless, body):
            return []
        return condition_violations(self._then, body)

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Remember that the answer has come."""
        self.begins_with.fold(facts, operation, status)


class _UntouchedRule(SpanRule):
    """A refused call that must leave the job unchanged: the next body shows no state of `becomes`.

    Facts: `_LAST_STATE`, that of the latest body; `_STATE_BEFORE`, that of the body before a refusal, None unless the
    refusal is the latest answer.
    """

    def __init__(self, options: Any) -> None:
        self._trigger = AnswerTrigger(options["after"])
        self._pointer = options["field"]
        self._read = pointer_reader(self._pointer)
        self._becomes = tuple(options["becomes"])

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation] | None:
        """Return the state if it shows the effect of a refused call."""
        if not facts:
            return None
        value = self._read(body)
        before = facts.get(_STATE_BEFORE)
        if before is None or value not in self._becomes:
            return []
        return [RuleViolation(self._pointer, short_json(value), f"{before} or a state that follows it")]

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Remember the state just before a refusal."""
        if self._trigger.matches(operation, status):
            before = facts.get(_LAST_STATE)
            # A job that was in such a state already shows nothing by it.
            facts[_STATE_BEFORE] = None if before in self._becomes else before
        elif body is not None:
            facts[_LAST_STATE] = self._read(body)
            # Any later change may have another cause than the refused call.
            facts[_STATE_BEFORE] = None


_LAST_STATE: Final = "last state"
_STATE_BEFORE: Final = "state before"


class _DeadlineRule(SpanRule):
    """A demand on every body that the server gave after an instant which an earlier body has announced.

    The job must have been seen before that instant, too: a server whose clock is another one than the client's, and a
    stub with fixed times, are never beyond a deadline. Facts: `_LAST_TIME`, the instant with its tolerance.
    """

    reads_besides = TIME

    def __init__(self, options: Any) -> None:
        self._pointer = options["at"]
        self._read = pointer_reader(self._pointer)
        # The kind of rule has checked that both are durations.
        plus = parse_duration(options.get("plus", "0s")) or 0
        self._delay = plus + (parse_duration(options["within"]) or 0)
        self._instant = f"{self._pointer} plus {options['plus']}" if plus else self._pointer
        self._then = compile_conditions(options["then"])

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation] | None:
        """Return what a body lacks that was sent behind the deadline; remember the first deadline ahead."""
        last_time = facts.get(_LAST_TIME)
        if last_time is None:
            deadline = as_number(self._read(body))
            if deadline is None:
                return []
            last_time = int(deadline * SECOND) + self._delay
            if exchange.sent_at <= last_time:
                facts[_LAST_TIME] = last_time
            return []
        if exchange.sent_at <= last_time or _server_time(exchange) <= last_time:
            return []
        found = condition_violations(self._then, body)
        return [each._replace(allowed=f"{each.allowed} after {self._instant}") for each in found]

    def quiet_until(self, facts: JobFacts) -> float:
        """Return the deadline: up to it, nothing is demanded."""
        return float(facts.get(_LAST_TIME, -inf))

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Remember nothing: `check` has remembered the first deadline that a body showed before it passed."""


_LAST_TIME: Final = "last time"


def _server_time(exchange: Exchange) -> Instant:
    """Return the earliest instant at which the server can have answered: by the client's clock, and by its own.

    A clock that is wrong proves nothing, so a `Date` header before the sending counts.
    """
    date = None
    if exchange.response is not None:
        date = parse_http_date(exchange.response.header("date") or "")
    return exchange.sent_at if date is None else min(exchange.sent_at, date)


_COMPILERS: Final[dict[str, Callable[[Any], SpanRule]]] = {
    "constant": lambda options: _EntryConstantRule(options) if "each" in options else _ConstantRule(options),
    "deadline": _DeadlineRule,
    "monotone": _MonotoneRule,
    "after": _AfterRule,
    "untouched": _UntouchedRule,
}


def compile_span_rule(rule: ContractRule) -> list[tuple[Mapping[str, Any], SpanRule]]:
    """Compile a rule of one of `kinds.SPAN_RULE_KINDS`: each of its values that is judged by itself, with its options.

    They share the facts of the rule.
    """
    options = rule.options
    parts = [options]
    if rule.kind == "monotone":
        rest = {key: value for key, value in options.items() if key not in _DIRECTIONS}
        parts = [{**rest, key: [pointer]} for key in _DIRECTIONS for pointer in options.get(key, ())]
    return [(part, _COMPILERS[rule.kind](part)) for part in parts]


_DIRECTIONS: Final = ("up", "down")
