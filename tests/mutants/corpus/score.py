"""The judge's score: which rule reports the bug, and how many calls prove it."""

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.judge.history import HistoryJudge
from mockserver.runner.judge.judges import actionable, ledger_violations
from tests.mutants.corpus.mutant import Mutant, drive
from tests.mutants.corpus.mutated_vendor import MutatedVendor


class Score(NamedTuple):
    """The judge's result for one mutant."""

    mutant: Mutant
    rule: str
    """The expected rule that was reported; empty if none was."""
    calls: int
    """The number of calls in the finding's evidence."""
    level: str
    named: tuple[str, ...]
    """Every rule that was reported."""


def find_problems(world: MutatedVendor) -> Sequence[Finding]:
    """Return the errors and warnings in the exchanges, the worst first."""
    return actionable(find_all(world))


def find_all(world: MutatedVendor) -> Sequence[Finding]:
    """Return all findings in the exchanges, the worst first."""
    history = HistoryJudge(world.era.vendor, world.era.date)
    for exchange in world.exchanges:
        history.add(exchange)
    store = world.session.context(world.era.vendor).store
    jobs = [job.id for job in store.all_jobs()]
    booked = [finding for job in jobs for finding in ledger_violations(history.rule_set, job, world.bookings(job))]
    return [*history.finish().findings, *booked]


def score(mutant: Mutant) -> Score:
    """Run a mutant's driver and judge the exchanges."""
    found = find_problems(mutant.run())
    if mutant.as_info:
        known = {(each.rule, each.operation, each.where) for each in find_all(drive(mutant.driver, mutant.pin))}
        found = [each for each in find_all(mutant.run()) if (each.rule, each.operation, each.where) not in known]
    named = tuple(dict.fromkeys(finding.rule for finding in found))
    for rule in mutant.rules:
        right = [finding for finding in found if finding.rule == rule]
        if right:
            return Score(mutant, rule, max(1, len(right[0].story)), right[0].level, named)
    return Score(mutant, "", 0, "", named)
