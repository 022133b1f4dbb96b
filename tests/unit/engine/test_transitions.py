"""Changes of state in an interval: what is left out because a job is at rest is never a change."""

import pytest

from mockserver.core.instants import DAY, HOUR, SECOND
from mockserver.core.job import CANCEL, Input, Job
from mockserver.engine import transitions
from mockserver.engine.transitions import TransitionFinder
from mockserver.installed import installed_vendors
from mockserver.vendors.commands import history
from mockserver.vendors.planner import Planner
from mockserver.vendors.script import NO_SCRIPT

INSTANTS = (0, SECOND, 7 * SECOND, 26 * SECOND, 60 * SECOND, HOUR, 9 * HOUR, 2 * DAY)


def jobs_of(vendor: str, kind: str) -> list[Job]:
    """Three jobs of one plan, created one after another, and one that was cancelled."""
    era = installed_vendors()[vendor].eras[-1]
    planner = Planner(era, NO_SCRIPT, "0")
    jobs = [planner.create_job(kind, era.kinds[kind].example, number, number * 5 * SECOND) for number in (1, 2, 3, 4)]
    jobs[3] = jobs[3].with_input(Input(21 * SECOND, 1, CANCEL))
    return jobs


KINDS = [(name, kind) for name, vendor in installed_vendors().served().items() for kind in vendor.eras[-1].kinds]


@pytest.mark.parametrize(("vendor", "kind"), KINDS)
def test_the_changes_are_those_of_each_job_s_history(vendor, kind):
    jobs = jobs_of(vendor, kind)
    for after in INSTANTS:
        for until in INSTANTS:
            finder = TransitionFinder(after, until)
            for job in jobs:
                expected = [span for span in history(job, until) if after < span.entered <= until]
                assert list(finder.transitions(job)) == expected


def test_jobs_at_rest_are_not_replayed(monkeypatch):
    jobs = jobs_of("reap", "project")
    for number, job in enumerate(jobs):
        jobs[number] = Job(job.id, job.number, job.created, job.spec, jobs[0].plan)
    replayed = []
    monkeypatch.setattr(transitions, "history", lambda job, until: replayed.append(job.id) or history(job, until))
    finder = TransitionFinder(DAY, 2 * DAY)
    for job in jobs:
        assert list(finder.transitions(job)) == []
    assert replayed == [job.id for job in jobs[:2]], "one job for the interval, one for the end of the plan"


def test_the_plans_that_are_remembered_are_bounded(monkeypatch):
    monkeypatch.setattr(transitions, "MAX_PLANS", 0)
    finder = TransitionFinder(0, HOUR)
    for job in jobs_of("reap", "project")[:3]:
        assert [span.entered for span in finder.transitions(job)] == [
            span.entered for span in history(job, HOUR) if span.entered
        ]
