"""Builds the findings of rules: a violation in one exchange, and a clash with its counterexample."""

from mockserver.contract.findings import Finding, Level
from mockserver.contract.judge.placed_exchange import PlacedExchange
from mockserver.contract.oracle.counterexample import Counterexample, call_lines, call_positions
from mockserver.contract.rules.fields import RuleViolation
from mockserver.contract.rules.rule_set import ContractRule
from mockserver.core.wire import NO_POSITION


def violation_finding(
    rule: ContractRule,
    placed: PlacedExchange,
    violation: RuleViolation,
    *,
    message: str | None = None,
    level: Level | None = None,
    resource: str = "",
    rerun: str = "",
) -> Finding:
    """Build the finding of one violation; `message` and `level` default to the rule's statement and level."""
    request = placed.exchange.request
    place = violation.where or "the body"
    return Finding(
        rule=rule.id,
        level=level or rule.level,
        message=message or f"{rule.statement} ({place} is {violation.value})",
        where=violation.where or "body",
        source=rule.citation(),
        call=f"{request.method} {request.path} -> {placed.status}",
        operation=placed.operation,
        allowed=violation.allowed,
        value=violation.value,
        resource=resource,
        rerun=rerun,
        spot=placed.exchange.position,
    )


def clash_finding(
    rule: ContractRule, proof: Counterexample, possible: tuple[str, ...], *, resource: str, rerun: str
) -> Finding:
    """Build the finding of a clash; `possible`: the names of the states that the job could be in."""
    call = proof.clashing_call.summary
    observed = "" if call is None else f"{call.request_line} -> {call.answer}"
    return Finding(
        rule=rule.id,
        level=rule.level,
        message=rule.statement,
        where="history",
        source=rule.citation(),
        call=observed,
        operation=proof.clashing_call.observation.operation,
        resource=resource,
        story=call_lines(proof.calls),
        possible=" or ".join(possible),
        observed=observed,
        rerun=rerun,
        spot=NO_POSITION if call is None else call.position,
        story_spots=call_positions(proof.calls),
    )
