"""Gives the jobs that a client creates the course of the job that a scenario has ready.

A scenario may begin with a job (`jobs:`), which a client that creates its own never sees. The job's timeline, items and
fields are its course; on trial they hold for created jobs too, unless the scenario says what those do. Its age cannot
be given to a created job.
"""

from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era
from mockserver.vendors.script import Script, SeededJob, TimelineRule


def with_course_for_created_jobs(scenario: Scenario, era: Era) -> Scenario:
    """Return the scenario with the course of its first job of each kind for jobs of that kind that a client creates."""
    script = scenario.script
    first_by_kind: dict[str, SeededJob] = {}
    for job in script.jobs:
        first_by_kind.setdefault(job.kind or era.main_kind.name, job)
    for kind, job in first_by_kind.items():
        script = add_course(script, job, kind, is_main=kind == era.main_kind.name)
    return scenario._replace(script=script)


def add_course(script: Script, job: SeededJob, kind: str, *, is_main: bool) -> Script:
    """Return the script with the course of one job for all jobs of its kind."""
    ruled_kinds = {kind, ""} if is_main else {kind}
    has_rule = any(rule.is_default and rule.kind in ruled_kinds for rule in script.timeline_rules)
    if job.timeline is not None and not has_rule:
        script = script._replace(timeline_rules=(*script.timeline_rules, TimelineRule(job.timeline, kind=kind)))
    if job.items and not script.items_of(kind):
        script = script._replace(items=(*script.items, *(item._replace(kind=kind) for item in job.items)))
    if not job.fields:
        return script
    return script._replace(fields={**script.fields, kind: {**job.fields, **script.fields.get(kind, {})}})
