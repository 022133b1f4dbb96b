"""The kinds of rule about the run as a whole: the calls accepted in a minute, and the mix of eras."""

from collections import OrderedDict, deque
from typing import Any, Final, NamedTuple

from mockserver.contract.findings import Level
from mockserver.contract.rules.answers import ConditionInput
from mockserver.contract.rules.conditions import Condition, all_hold, compile_conditions
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.core.instants import Duration, Instant, parse_duration

MAX_BUCKETS: Final = 1000
"""Pairs of key and operation that are counted at once; the least recently used one is forgotten."""


class RateExcess(NamedTuple):
    """A window with more answers in it than the rule allows."""

    level: Level
    answer_count: int
    first: Instant
    last: Instant


class RateRule:
    """A limit on the accepted calls of one key and operation within a window.

    A request reached the server somewhere between its sending and its answer. So a window counts only the calls that
    it certainly contains: from the first one's sending to the last one's answer must be less than its length. Each
    window is reported once per level.
    """

    def __init__(self, rule: ContractRule) -> None:
        options = rule.options
        self.rule = rule
        self.warning_limit = int(options["most"])
        self.error_limit = int(options["surely"])
        self.window: Duration = parse_duration(options["within"]) or 0
        self.refusal = int(options["refusal"])
        self._buckets: OrderedDict[Any, deque[Instant]] = OrderedDict()

    def add(self, bucket: Any, status: int, sent: Instant, answered: Instant) -> RateExcess | None:
        """Count an answer of a bucket (key and operation); return the excess that it completes, else None."""
        if status == self.refusal:
            return None
        times = self._buckets.setdefault(bucket, deque(maxlen=self.error_limit + 1))
        self._buckets.move_to_end(bucket)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        times.append(sent)
        if len(times) <= self.warning_limit:
            return None
        inside = sum(answered - start < self.window for start in times)
        # Equal, not greater: each level is reported when its limit is passed, not with every call after that.
        if inside == self.error_limit + 1:
            times.clear()
            return RateExcess("error", inside, sent, answered)
        if inside == self.warning_limit + 1:
            return RateExcess("warning", inside, sent, answered)
        return None


class _EraSign(NamedTuple):
    """An answer that only some eras give."""

    eras: frozenset[str]
    operations: frozenset[str]
    when: tuple[Condition, ...]


class EraMixRule:
    """Answers that only some eras give must have one era in common."""

    def __init__(self, rule: ContractRule) -> None:
        self.rule = rule
        self._signs = [
            _EraSign(frozenset(sign["eras"]), frozenset(sign["operations"]), compile_conditions(sign["when"]))
            for sign in rule.options["signs"]
        ]
        self._possible_eras: frozenset[str] | None = None
        """The eras that explain every sign so far; None before the first one."""
        self.is_violated = False

    @property
    def has_evidence(self) -> bool:
        """True if any answer was a sign."""
        return self._possible_eras is not None

    def add(self, operation: str, view: ConditionInput) -> str | None:
        """Take an answer; return a description of the first mix of eras, else None."""
        for sign in self._signs:
            if operation not in sign.operations or not all_hold(sign.when, view):
                continue
            before = self._possible_eras
            if before is None:
                before = sign.eras
            self._possible_eras = before & sign.eras
            if not self._possible_eras and not self.is_violated:
                self.is_violated = True
                eras, earlier = ", ".join(sorted(sign.eras)), ", ".join(sorted(before))
                return f"only era {eras} answers like this; earlier answers are of era {earlier}"
        return None
