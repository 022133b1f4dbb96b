"""The kinds of rule about the run as a whole: how much is let through in a minute, and whether eras are mixed."""

from collections import OrderedDict, deque
from typing import Any, Final, NamedTuple

from mockserver.contract.findings import Level
from mockserver.contract.rules.answers import View
from mockserver.contract.rules.book import Rule
from mockserver.contract.rules.conditions import Condition, all_hold, compile_conditions
from mockserver.core.instants import Duration, Instant, parse_duration

MOST_BUCKETS: Final = 1000
"""Pairs of key and operation that are watched at once; the one longest unused is forgotten."""


class Excess(NamedTuple):
    """A window with too much in it."""

    level: Level
    let_through: int
    first: Instant
    last: Instant


class Rate:
    """At most so many answers of one key and operation in a time.

    A request came in somewhere between its sending and its answer, so a window holds only what it surely holds: from
    the first one's sending to the last one's answer must be less than the time. Each window is told once.
    """

    def __init__(self, rule: Rule) -> None:
        options = rule.options
        self.rule = rule
        self.most, self.surely = int(options["most"]), int(options["surely"])
        self.within: Duration = parse_duration(options["within"]) or 0
        self.refusal = int(options["refusal"])
        self._buckets: OrderedDict[Any, deque[Instant]] = OrderedDict()

    def add(self, bucket: Any, status: int, sent: Instant, answered: Instant) -> Excess | None:
        """Count an answer; what it makes too many of."""
        if status == self.refusal:
            return None
        times = self._buckets.setdefault(bucket, deque(maxlen=self.surely + 1))
        self._buckets.move_to_end(bucket)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        times.append(sent)
        inside = sum(answered - start < self.within for start in times)
        if inside == self.surely + 1:
            times.clear()
            return Excess("error", inside, sent, answered)
        if inside == self.most + 1:
            return Excess("warning", inside, sent, answered)
        return None


class _Sign(NamedTuple):
    eras: frozenset[str]
    operations: frozenset[str]
    when: tuple[Condition, ...]


class Unmixed:
    """Answers that only some eras give."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._signs = [
            _Sign(frozenset(sign["eras"]), frozenset(sign["operations"]), compile_conditions(sign["when"]))
            for sign in rule.options["signs"]
        ]
        self._left: frozenset[str] | None = None
        self.told = False

    @property
    def met(self) -> bool:
        """Whether any answer was a sign."""
        return self._left is not None

    def add(self, operation: str, view: View) -> str:
        """Take an answer; what it contradicts, or nothing. Told once."""
        for sign in self._signs:
            if operation in sign.operations and all_hold(sign.when, view):
                before = sign.eras if self._left is None else self._left
                self._left = before & sign.eras
                if not self._left and not self.told:
                    self.told = True
                    return f"only {', '.join(sorted(sign.eras))} answer so; before it was {', '.join(sorted(before))}"
        return ""
