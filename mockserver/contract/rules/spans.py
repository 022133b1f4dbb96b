"""Rules that compare the bodies of one job with each other: its id stays, its counters only rise, its deadline passes.

Example. A rule of the kind `monotone` says that `progress` never falls. Four reads of a job show 10, 40, 30 and 50. The
rule remembers the highest value so far; the third body breaks it, because 30 is less than 40.

Theory of operation. A rule is compiled once, and knows no job. What it remembers of one job are that job's *facts*, a
dictionary that the rule alone reads and writes. Each body goes through two steps:

1. It is *checked* against the facts when its request is reached in the order of sending.
2. It is *folded* into the facts, so that later bodies are compared with it. This happens only when a request is reached
   that was sent after this body's answer had arrived: of two calls that overlap neither is the later one, so neither
   may be compared with the other. A rule that asks for no order (`is_eager`) folds a body at once.

| kind | remembers of a job | a body breaks it that |
|---|---|---|
| `constant` | the first value of each field | shows another value |
| `monotone` | the highest, or lowest, value of each field | goes back behind it |
| `after` | that the answer in `after` has come | lacks what must hold from then on |
| `untouched` | the state just before a refusal | is the first one after it, and shows its effect |
| `deadline` | the last instant at which the job may be unchanged | was sent later, and shows no effect |

The judge calls `check` and `fold`: see `contract.judge.job`.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from operator import itemgetter
from typing import Any, ClassVar, Final, Protocol

from mockserver.contract.rules.conditions import (
    MISSING,
    all_hold,
    as_number,
    compile_conditions,
    pointer_reader,
    short_json,
    sum_reader,
)
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.fields import RuleViolation, condition_violations
from mockserver.core.instants import SECOND, Instant, parse_duration, parse_http_date
from mockserver.core.pointer import parse_pointer
from mockserver.core.wire import Exchange

JobFacts = dict[Any, Any]
"""What one rule remembers of one job; empty at first. Its keys are the rule's own: the class of each describes them."""


class SpanRule(Protocol):
    """A rule about several bodies of one job."""

    is_eager: ClassVar[bool]
    """True if a body is folded as soon as it was checked; False if only once a later request is reached."""

    @property
    def reads_only_fields(self) -> bool:
        """True if what it says and remembers of a body depends on the fields in its options alone."""

    needs_facts: ClassVar[bool]
    """True if the rule has nothing to say of a body as long as there are no facts."""

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation]:
        """Return the places of a body that contradict the facts; `exchange` is the one that shows the body."""

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Remember an answer in the facts; `body` is None if the answer does not show the job."""


class _ConstantRule:
    """Fields that keep their first value. Facts: the value by pointer, and all of them under `_ALL_VALUES`."""

    is_eager: ClassVar = True
    needs_facts: ClassVar = True
    reads_only_fields: ClassVar = True

    def __init__(self, options: Any) -> None:
        self._fields = [(pointer, pointer_reader(pointer)) for pointer in options["fields"]]
        paths = [parse_pointer(pointer) for pointer, _ in self._fields]
        self._read_all: Callable[[Any], Any] | None = None
        """Reads the fields of a body in one step; None for a single one, or if they do not all stand at its top."""
        if len(paths) > 1 and all(len(path) == 1 for path in paths):
            self._read_all = itemgetter(*(path[0] for path in paths))

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation]:
        """Return the fields whose value is not their first one."""
        # Nearly all bodies show the values that are known, and most show all of them.
        if _ALL_VALUES in facts and self._read_all is not None:
            with suppress(KeyError):
                if self._read_all(body) == facts[_ALL_VALUES]:
                    return []
        found = []
        for pointer, read in self._fields:
            value, known = read(body), facts.get(pointer, MISSING)
            if value != known and _contradicts(known, value):
                found.append(RuleViolation(pointer, short_json(value), f"{short_json(known)}, as in the first body"))
        return found

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Remember the first value of each field."""
        if _ALL_VALUES in facts:
            return
        for pointer, read in self._fields:
            value = read(body)
            if value is not MISSING and value is not None and pointer not in facts:
                facts[pointer] = value
        if len(facts) == len(self._fields):
            facts[_ALL_VALUES] = tuple(facts[pointer] for pointer, _ in self._fields)


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


class _EntryConstantRule:
    """Fields that keep their first value in each entry of a list; an entry is known by its field `by`.

    Facts: the value by the entry's key and pointer.
    """

    is_eager: ClassVar = True
    needs_facts: ClassVar = True
    reads_only_fields: ClassVar = True

    def __init__(self, options: Any) -> None:
        self._list_pointer = options["each"]
        self._read_list, self._read_key = pointer_reader(options["each"]), pointer_reader(options["by"])
        self._fields = [(pointer, pointer_reader(pointer)) for pointer in options["fields"]]

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation]:
        """Return the fields of entries whose value is not their first one."""
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


class _AnswerTrigger:
    """The answer after which a rule holds. Facts: `_HAS_FIRED`, from that answer on."""

    def __init__(self, written: Any) -> None:
        self._operation = str(written["operation"])
        self._statuses = frozenset(map(int, written["statuses"]))

    def matches(self, operation: str, status: int) -> bool:
        """Return True for the answer of the trigger."""
        return operation == self._operation and status in self._statuses

    def has_fired(self, facts: JobFacts) -> bool:
        """Return True once that answer has come."""
        return _HAS_FIRED in facts

    def fold(self, facts: JobFacts, operation: str, status: int) -> bool:
        """Note an answer; return True if the trigger had fired before it."""
        had_fired = self.has_fired(facts)
        if self.matches(operation, status):
            facts[_HAS_FIRED] = True
        return had_fired


_HAS_FIRED: Final = "has fired"


class _MonotoneRule:
    """Values that only rise (`up`) or only fall (`down`). Facts: the furthest of each, as number and as written."""

    is_eager: ClassVar = False
    needs_facts: ClassVar = True

    def __init__(self, options: Any) -> None:
        self._trigger: _AnswerTrigger | None = None
        """None: the rule holds from the start."""
        if options.get("after"):
            self._trigger = _AnswerTrigger(options["after"])
        self._unless = compile_conditions(options.get("unless", []))
        signs = [(pointer, 1) for pointer in options.get("up", ())]
        signs += [(pointer, -1) for pointer in options.get("down", ())]
        self._fields = [(pointer, sum_reader(pointer), sign, f"{pointer} {sign}") for pointer, sign in signs]
        """Each with its key in the facts."""

    @property
    def reads_only_fields(self) -> bool:
        """True unless an answer must have come first."""
        return self._trigger is None

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation]:
        """Return the values that went back behind the furthest one."""
        if self._trigger is not None and not self._trigger.has_fired(facts):
            return []
        found = []
        for pointer, read, sign, key in self._fields:
            value, furthest = read(body), facts.get(key)
            # Counters are whole numbers: anything else is rare.
            if type(value) is not int:
                value = as_number(value)
            # The sign turns a falling value into a rising one.
            if value is not None and furthest is not None and value * sign < furthest[0] * sign:
                bound = {1: "at least", -1: "at most"}[sign]
                allowed = f"{bound} {short_json(furthest[1])}, as before"
                found.append(RuleViolation(pointer, short_json(read(body)), allowed))
        # Tried last: most bodies move no value against its direction.
        return [] if found and self._is_exempt(body) else found

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Remember the furthest value of each field."""
        # The answer that fires the trigger is no bound yet: its body may show the time before it.
        if self._trigger is not None and not self._trigger.fold(facts, operation, status):
            return
        for _, read, sign, key in self._fields:
            written = value = read(body)
            if type(value) is not int:
                value = as_number(value)
            furthest = facts.get(key)
            if value is not None and (furthest is None or value * sign > furthest[0] * sign):
                if self._is_exempt(body):
                    return
                facts[key] = (value, written)

    def _is_exempt(self, body: Any) -> bool:
        return bool(self._unless) and all_hold(self._unless, body)


class _AfterRule:
    """Conditions that hold in every body after an answer. Facts: those of the trigger."""

    is_eager: ClassVar = False
    needs_facts: ClassVar = True
    reads_only_fields: ClassVar = False

    def __init__(self, options: Any) -> None:
        self._trigger = _AnswerTrigger(options["after"])
        self._unless = compile_conditions(options.get("unless", []))
        self._then = compile_conditions(options["then"])

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation]:
        """Return the conditions that do not hold although the answer has come."""
        if not self._trigger.has_fired(facts) or (self._unless and all_hold(self._unless, body)):
            return []
        return condition_violations(self._then, body)

    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Remember that the answer has come."""
        self._trigger.fold(facts, operation, status)


class _UntouchedRule:
    """A refused call that must leave the job unchanged: the next body shows no state of `becomes`.

    Facts: `_LAST_STATE`, that of the latest body; `_STATE_BEFORE`, that of the body before a refusal, None unless the
    refusal is the latest answer.
    """

    is_eager: ClassVar = False
    needs_facts: ClassVar = True
    reads_only_fields: ClassVar = False

    def __init__(self, options: Any) -> None:
        self._trigger = _AnswerTrigger(options["after"])
        self._pointer = options["field"]
        self._read = pointer_reader(self._pointer)
        self._becomes = tuple(options["becomes"])

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation]:
        """Return the state if it shows the effect of a refused call."""
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


class _DeadlineRule:
    """A demand on every body that the server gave after an instant which an earlier body has announced.

    The job must have been seen before that instant, too: a server whose clock is another one than the client's, and a
    stub with fixed times, are never beyond a deadline. Facts: `_LAST_TIME`, the instant with its tolerance.
    """

    is_eager: ClassVar = True
    needs_facts: ClassVar = False
    reads_only_fields: ClassVar = False

    def __init__(self, options: Any) -> None:
        self._pointer = options["at"]
        self._read = pointer_reader(self._pointer)
        # The kind of rule has checked that both are durations.
        plus = parse_duration(options.get("plus", "0s")) or 0
        self._delay = plus + (parse_duration(options["within"]) or 0)
        self._instant = f"{self._pointer} plus {options['plus']}" if plus else self._pointer
        self._then = compile_conditions(options["then"])

    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation]:
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


def compile_span_rule(rule: ContractRule) -> SpanRule:
    """Compile a rule of one of `kinds.SPAN_RULE_KINDS`."""
    return _COMPILERS[rule.kind](rule.options)
