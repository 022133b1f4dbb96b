"""The kinds of rule about the run as a whole: how much is let through in a minute, and whether eras are mixed."""

from collections import OrderedDict, deque
from typing import Any, Final, NamedTuple

from mockserver.contract.findings import Level
from mockserver.contract.rules.answers import ConditionInput
from mockserver.contract.rules.conditions import Condition, all_hold, compile_conditions
from mockserver.contract.rules.rule_set import ContractRule
from mockserver.core.instants import Duration, Instant, parse_duration

MAX_BUCKETS: Final = 1000
"""Pairs of key and operation that are watched at once; the one longest unused is forgotten."""


class RateExcess(NamedTuple):
    """A window with too much in it."""

    level: Level
    answer_count: int
    first: Instant
    last: Instant


class RateRule:
    """At most so many answers of one key and operation in a time.

    A request came in somewhere between its sending and its answer, so a window holds only what it surely holds: from
    the first one's sending to the last one's answer must be less than the time. Each window is told once.
    """

    def __init__(self, rule: ContractRule) -> None:
        options = rule.options
        self.rule = rule
        self.warning_limit, self.error_limit = int(options["most"]), int(options["surely"])
        self.window: Duration = parse_duration(options["within"]) or 0
        self.refusal = int(options["refusal"])
        self._buckets: OrderedDict[Any, deque[Instant]] = OrderedDict()

    def add(self, bucket: Any, status: int, sent: Instant, answered: Instant) -> RateExcess | None:
        """Count an answer; what it makes too many of."""
        if status == self.refusal:
            return None
        times = self._buckets.setdefault(bucket, deque(maxlen=self.error_limit + 1))
        self._buckets.move_to_end(bucket)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        times.append(sent)
        inside = sum(answered - start < self.window for start in times)
        if inside == self.error_limit + 1:
            times.clear()
            return RateExcess("error", inside, sent, answered)
        if inside == self.warning_limit + 1:
            return RateExcess("warning", inside, sent, answered)
        return None


class _EraSign(NamedTuple):
    eras: frozenset[str]
    operations: frozenset[str]
    when: tuple[Condition, ...]


class EraMixRule:
    """Answers that only some eras give."""

    def __init__(self, rule: ContractRule) -> None:
        self.rule = rule
        self._signs = [
            _EraSign(frozenset(sign["eras"]), frozenset(sign["operations"]), compile_conditions(sign["when"]))
            for sign in rule.options["signs"]
        ]
        self._possible_eras: frozenset[str] | None = None
        self.is_violated = False

    @property
    def has_evidence(self) -> bool:
        """Whether any answer was a sign."""
        return self._possible_eras is not None

    def add(self, operation: str, view: ConditionInput) -> str:
        """Take an answer; what it contradicts, or nothing. Told once."""
        for sign in self._signs:
            if operation in sign.operations and all_hold(sign.when, view):
                before = sign.eras if self._possible_eras is None else self._possible_eras
                self._possible_eras = before & sign.eras
                if not self._possible_eras and not self.is_violated:
                    self.is_violated = True
                    return f"only {', '.join(sorted(sign.eras))} answer so; before it was {', '.join(sorted(before))}"
        return ""
