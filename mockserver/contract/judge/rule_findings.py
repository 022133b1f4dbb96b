"""Builds the findings of rules: a violation in one exchange, and a clash with its counterexample."""

from dataclasses import replace
from typing import Final

from mockserver.contract.findings import LEVELS, AnswerPlace, Finding, Level
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judge.job_record import JobRecord
from mockserver.contract.judge.placed_exchange import PlacedExchange
from mockserver.contract.oracle.counterexample import Counterexample, call_lines, call_positions
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.fields import RuleViolation
from mockserver.core.wire import NO_POSITION


def violation_finding(
    rule: ContractRule,
    placed: PlacedExchange,
    violation: RuleViolation,
    *,
    message: str | None = None,
    level: Level | None = None,
    job: JobRecord | None = None,
    mention: JobMention | None = None,
) -> Finding:
    """Build the finding of one violation; `message` and `level` default to the rule's statement and level."""
    request = placed.exchange.request
    place = violation.where or "the body"
    resource, where, outer_place = None, violation.where or "body", ""
    if job is not None:
        resource = job.name
    if mention is not None and where.startswith("/"):
        outer_place = mention.place
    return Finding(
        rule=rule.id,
        level=level or rule.level,
        message=message or f"{rule.statement} ({place} is {violation.value})",
        where=where,
        source=rule.citation(),
        call=f"{request.method} {request.path} -> {placed.status}",
        operation=placed.operation,
        allowed=violation.allowed or None,
        value=violation.value,
        resource=resource,
        rerun=_rerun_command(rule, job),
        spot=placed.exchange.position,
        place=AnswerPlace(placed.begin, outer_place + where),
    )


def clash_finding(rule: ContractRule, proof: Counterexample, *, job: JobRecord) -> Finding:
    """Build the finding of a clash."""
    call = proof.clashing_call.summary
    observed, position, status_place = None, NO_POSITION, None
    if call is not None:
        observed, position = call.text(), call.position
        status_place = call.status_place
    return Finding(
        rule=rule.id,
        level=rule.level,
        message=rule.statement,
        where="history",
        source=rule.citation(),
        call=observed,
        operation=proof.clashing_call.observation.operation,
        resource=job.name,
        story=call_lines(proof.calls),
        possible=" or ".join(job.resource.states.names_of(proof.possible_states)),
        observed=observed,
        rerun=_rerun_command(rule, job),
        spot=position,
        place=AnswerPlace(proof.clashing_call.begin, status_place or "status"),
        story_spots=call_positions(proof.calls),
        story_sendings=tuple(call.begin for call in proof.calls),
    )


def in_closed_world(finding: Finding, *, is_declared: bool) -> Finding:
    """Return a finding that holds only if no other client used the job, and say so.

    Unless that is declared, it is at most a warning.
    """
    if is_declared:
        return replace(finding, message=f"{finding.message} ({_CLOSED_WORLD})", needs_closed_world=True)
    level = max(finding.level, "warning", key=LEVELS.index)
    message = f"{finding.message} ({_UNKNOWN_WORLD})"
    return replace(finding, message=message, level=level, needs_closed_world=True)


_CLOSED_WORLD: Final = "in a closed world, without other clients"
_UNKNOWN_WORLD: Final = "unless another client used the job; --closed-world excludes that"


def _rerun_command(rule: ContractRule, job: JobRecord | None) -> str | None:
    if job is None or job.rerun is None:
        return None
    return job.rerun.replace("{resource}", job.id).replace("{rule}", rule.id)
