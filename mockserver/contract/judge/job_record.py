"""The memory of one job: possible states, a short trace, facts for the rules, and which rules it kept and broke.

Its size does not grow with the number of the job's calls.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

from mockserver.contract.judgement import RuleVerdict
from mockserver.contract.oracle.calls import SequencePoint
from mockserver.contract.oracle.job_tracker import JobTracker
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.field_changes import FieldBits, FieldValues
from mockserver.contract.rules.resources import Resource, StateBits
from mockserver.contract.rules.span_rule import JobFacts, SpanRule
from mockserver.core.instants import Instant

RuleBits = int
"""A set of the rules on one kind of job, a bit for each."""


class IndexedRule(NamedTuple):
    """A rule, and the set of this rule alone."""

    bit: RuleBits
    rule: ContractRule


class SpanStep(NamedTuple):
    """A rule about several bodies, or one of its values."""

    indexed: IndexedRule
    place: int
    """The place of its facts in `JobRecord.facts`."""
    fields: FieldBits
    """The fields that it reads; `UNKNOWN` or `TIME` among them if more than the fields of a body count."""
    span: SpanRule


SpanSteps = tuple[tuple[SpanStep, bool], ...]
"""The rules that look at a body, each with True if it also remembers it."""


class UnfoldedBody(NamedTuple):
    """A body that is not folded into the facts yet."""

    end: SequencePoint
    steps: SpanSteps
    body: dict[str, Any] | None
    operation: str
    status: int


@dataclass(slots=True, kw_only=True, eq=False)
class JobRecord:
    """The memory of one job."""

    id: str
    resource: Resource
    rerun: str | None = None
    """The command that judges a job's history again, with `{resource}` and `{rule}` to be replaced."""
    kept_rules: RuleBits = 0
    """The rules that an answer has tried, and that none has broken or noted."""
    noted_rules: RuleBits = 0
    """The rules of kind `note` that have been reported."""
    broken_rules: RuleBits = 0
    # For the rules about states
    tracker: JobTracker
    pending_rules: RuleBits = 0
    """The rules that the next answer tries."""
    key: str | None = None
    """The fingerprint of the API key by which the job was found first."""
    shown_states: StateBits = 0
    """The states that answers have shown."""
    created: Any = None
    """The time of its creation as the last body wrote it."""
    created_at: Instant | None = None
    last_body: dict[str, Any] | None = None
    """The job's last own body, if a clause reads it."""
    # For the rules about bodies
    last_operation: str | None = None
    """The operation whose body was judged last."""
    last_digest: int = 0
    """A hash of the bytes of that answer."""
    last_values: FieldValues | None = None
    """The values of that body that rules read; None if the next one must be judged whatever it shows."""
    # For the rules about several bodies
    fired_rules: RuleBits = 0
    """The rules that have met the answer that they wait for: before it, such a rule has no facts."""
    quiet_until: float = -inf
    """Up to this instant, no rule says anything of a body because of the time of its request."""
    facts: list[JobFacts]
    unfolded_bodies: list[UnfoldedBody] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The job as findings and verdicts name it: `batch 65f1...`."""
        return f"{self.resource.kind} {self.id}"

    def mark_kept(self, rules: RuleBits) -> None:
        """Note an answer that kept these rules."""
        self.kept_rules |= rules & ~(self.noted_rules | self.broken_rules)

    def mark_broken(self, rules: RuleBits) -> None:
        """Note an answer that broke these rules."""
        self.broken_rules |= rules
        self.kept_rules &= ~rules

    def mark_noted(self, rules: RuleBits) -> None:
        """Note that these rules were reported."""
        self.noted_rules |= rules
        self.kept_rules &= ~rules

    def forget_bodies(self) -> None:
        """Forget what earlier bodies have shown: they prove nothing about later ones."""
        self.unfolded_bodies = []
        self.last_values = None
        self.quiet_until = -inf
        for facts in self.facts:
            facts.clear()

    def verdicts(self, rules: list[IndexedRule]) -> Iterator[RuleVerdict]:
        """Yield the verdicts of those rules that an answer has tried."""
        for bit, rule in rules:
            if bit & self.broken_rules:
                yield RuleVerdict(rule.id, rule.level, self.name, "violated")
            elif bit & self.kept_rules:
                yield RuleVerdict(rule.id, rule.level, self.name, "ok")
