"""Chooses the scenarios that a client is tried with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from mockserver.errors import refuse, refuse_unknown
from mockserver.scenario.model import Scenario
from mockserver.trial.created_course import with_course_for_created_jobs
from mockserver.trial.encounters import Encounter, encounter_of
from mockserver.trial.receiver_candidates import sends_webhooks
from mockserver.vendors.api import Era, Vendor

_WILDCARDS: Final = frozenset("*?[")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A scenario that catches a mistake, and what a client must meet in it."""

    scenario: Scenario
    """With the course of its first jobs for created ones."""
    era: Era
    encounter: Encounter
    operations: tuple[str, ...]
    """The operations of its play, in their order."""
    obstacle: str = ""
    """Why no client can be tried with it; empty: one can."""

    @property
    def job_id(self) -> str:
        """The id of the job that exists when the run begins; empty: there is none, or it has no fixed id."""
        return next((job.id for job in self.scenario.script.jobs), "")


def make_candidate(scenario: Scenario, vendor: Vendor) -> Candidate:
    """Return the candidate of a scenario that its vendor's tables have accepted."""
    era = vendor.era(scenario.date) or vendor.eras[-1]
    steps = [each for step in scenario.play for each in (step, *step.together)]
    obstacle = ""
    if sends_webhooks(scenario):
        obstacle = "it is about webhooks: --receiver URL tries a receiver"
    return Candidate(
        scenario=with_course_for_created_jobs(scenario, era),
        era=era,
        encounter=encounter_of(scenario, era),
        operations=tuple(dict.fromkeys(step.operation for step in steps if step.operation)),
        obstacle=obstacle,
    )


def choose_scenarios(scenarios: Iterable[Scenario], patterns: Sequence[str], vendor: str | None) -> list[Scenario]:
    """Return the scenarios that catch a mistake: of one vendor, and of the names or patterns, if there are any.

    Raises `MockError` TRI003 for a name that no scenario has, TRI001 if none is left.
    """
    by_name = {scenario.name: scenario for scenario in scenarios}
    known = [scenario for scenario in by_name.values() if scenario.catches]
    for pattern in patterns:
        if _WILDCARDS.isdisjoint(pattern) and pattern not in (scenario.name for scenario in known):
            if pattern in by_name:
                detail = f"the scenario {pattern!r} catches no mistake: it has no `catches`"
                raise refuse("TRI003", detail, "--list lists those that do.")
            names = [scenario.name for scenario in known]
            raise refuse_unknown("TRI003", "scenario that catches a mistake", pattern, names, "--list lists them.")
    chosen = [
        scenario
        for scenario in known
        if vendor in (None, scenario.vendor)
        and (not patterns or any(fnmatchcase(scenario.name, pattern) for pattern in patterns))
    ]
    if not chosen:
        detail = "no scenario that catches a mistake is selected"
        raise refuse("TRI001", detail, "`mockserver trial --list` lists them; give --only another name or pattern.")
    return chosen


def choose_about_webhooks(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """Return the scenarios about webhooks. Raises `MockError` TRI001 if there is none."""
    chosen = list(filter(sends_webhooks, scenarios))
    if not chosen:
        hint = "`mockserver trial --receiver URL --list` lists them."
        raise refuse("TRI001", "no scenario about webhooks is selected", hint)
    return chosen
