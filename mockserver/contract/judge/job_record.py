"""The memory of one job: possible states, a short trace, facts for the rules, and the state of each rule.

Its size does not grow with the number of the job's calls.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final, NamedTuple

from mockserver.contract.judgement import RuleVerdict
from mockserver.contract.oracle.calls import SequencePoint
from mockserver.contract.oracle.job_tracker import JobTracker
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.field_changes import FieldBits, FieldValues
from mockserver.contract.rules.resources import Resource, StateBits
from mockserver.contract.rules.spans import JobFacts
from mockserver.core.instants import Instant


class RuleState(Enum):
    """The state of one rule on one job. A rule only ever moves down this list."""

    UNTRIED = auto()
    """No answer that the rule is about."""
    PENDING = auto()
    """The next answer about the job tries the rule."""
    KEPT = auto()
    NOTED = auto()
    """A `note` that has been reported."""
    BROKEN = auto()


_UNDECIDED: Final = (RuleState.UNTRIED, RuleState.PENDING)


class UnfoldedBody(NamedTuple):
    """A body that is not folded into the facts yet."""

    end: SequencePoint
    body: dict[str, Any] | None
    operation: str
    status: int
    changed: FieldBits
    """The fields that differ from those of the body before."""


class IndexedRule(NamedTuple):
    """A rule and its slot, the index in `JobRecord.rule_states`."""

    slot: int
    rule: ContractRule


@dataclass(slots=True, kw_only=True, eq=False)
class JobRecord:
    """The memory of one job."""

    id: str
    resource: Resource
    rerun: str | None = None
    """The command that judges a job's history again, with `{resource}` and `{rule}` to be replaced."""
    rule_states: list[RuleState]
    # For the rules about states
    tracker: JobTracker
    pending_rules: list[int] = field(default_factory=list)
    """Slots of the rules that the next answer tries."""
    key: str | None = None
    """The fingerprint of the API key by which the job was found first."""
    last_tried: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    """The rules that the last answer tried."""
    shown_states: StateBits = 0
    """The states that answers have shown."""
    created_at: Instant | None = None
    last_body: dict[str, Any] | None = None
    """The job's last own body, if a clause reads it."""
    # For the rules about bodies
    last_judged: tuple[str, int] | None = None
    """The operation whose body was judged last, and a hash of the answer's bytes."""
    last_values: FieldValues | None = None
    """The values of that body that rules read; None if the next one must be judged whatever it shows."""
    # For the rules about several bodies
    facts: list[JobFacts]
    unfolded_bodies: list[UnfoldedBody] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The job as findings and verdicts name it: `batch 65f1...`."""
        return f"{self.resource.kind} {self.id}"

    def mark_kept(self, slot: int) -> None:
        """Note an answer that kept a rule."""
        if self.rule_states[slot] in _UNDECIDED:
            self.rule_states[slot] = RuleState.KEPT

    def forget_bodies(self) -> None:
        """Forget what earlier bodies have shown: they prove nothing about later ones."""
        self.unfolded_bodies = []
        self.last_values = None
        for facts in self.facts:
            facts.clear()

    def verdicts(self, rules: list[IndexedRule]) -> Iterator[RuleVerdict]:
        """Yield the verdicts of those rules that an answer has tried."""
        for slot, rule in rules:
            if self.rule_states[slot] is RuleState.BROKEN:
                yield RuleVerdict(rule.id, rule.level, self.name, "violated")
            elif self.rule_states[slot] is RuleState.KEPT:
                yield RuleVerdict(rule.id, rule.level, self.name, "ok")
