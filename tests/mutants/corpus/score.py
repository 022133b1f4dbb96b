"""Our judge on a story: which rule names the bug, and in how many calls it proves it."""

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.history import History
from mockserver.runner.judging import heeded, overbooked
from tests.mutants.corpus.mutant import Kind
from tests.mutants.corpus.mutated_vendor import World


class Score(NamedTuple):
    """What came of one kind."""

    kind: Kind
    rule: str
    """The expected rule that was named; empty where none was."""
    calls: int
    """How many calls its story has."""
    level: str
    named: tuple[str, ...]
    """Every rule that was named."""


def judged(world: World) -> Sequence[Finding]:
    """The errors and warnings in a story, the worst first."""
    history = History(world.era.vendor, world.era.date)
    for exchange in world.tape:
        history.add(exchange)
    _, store = world.session.room(world.era.vendor)
    jobs = [job.id for job in store.everything()]
    booked = [finding for job in jobs for finding in overbooked(history.book, job, world.bookings(job))]
    return [*heeded(history.finish().findings), *booked]


def score(kind: Kind) -> Score:
    """Live through a kind's story and judge it."""
    found = judged(kind.lived())
    named = tuple(dict.fromkeys(finding.rule for finding in found))
    for rule in kind.rules:
        right = [finding for finding in found if finding.rule == rule]
        if right:
            return Score(kind, rule, max(1, len(right[0].story)), right[0].level, named)
    return Score(kind, "", 0, "", named)
