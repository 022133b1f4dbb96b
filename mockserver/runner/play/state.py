"""The state of a play: the ids of its jobs, by name and the latest of each kind, and values saved from answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.core.subset import MISSING
from mockserver.core.wire import Response
from mockserver.runner.play.expectations import decode_response_body, resolve_pointer
from mockserver.runner.targets.target import Inconclusive
from mockserver.scenario.placeholders import BASE, JOB, PlaceholderLookup, substitute
from mockserver.scenario.play_model import ExpectedAnswer, PlayStep
from mockserver.vendors.api import Era
from mockserver.vendors.script import SeededJob


class NotCreated(Inconclusive):
    """A step uses the job of a create that failed."""

    def __init__(self, line: int) -> None:
        super().__init__(f"not played, like all later steps that use its job: the create of line {line} made none")
        self.line: Final = line
        """The line of the create."""


@dataclass
class PlayState:
    """The jobs and saved values of one play."""

    base_url: str
    ids_by_name: dict[str, str] = field(default_factory=dict)
    latest_by_kind: dict[str, str] = field(default_factory=dict)
    seeded_by_kind: dict[str, list[str]] = field(default_factory=dict)
    saved_values: dict[str, Any] = field(default_factory=dict)
    failed_by_name: dict[str, int] = field(default_factory=dict)
    """The lines of failed creates, by the names of their jobs."""
    failed_by_kind: dict[str, int] = field(default_factory=dict)
    """The lines of failed creates, by kind; none where the latest create of the kind made a job."""

    def add_seeded_jobs(self, jobs: tuple[SeededJob, ...], default_kind: str) -> None:
        """Add the jobs that the scenario has at its start."""
        for job in jobs:
            self.seeded_by_kind.setdefault(job.kind or default_kind, []).append(job.id)

    def job_id_for(self, step: PlayStep, kind: str) -> str | None:
        """Return the id of the job that a step is about: named, else the latest created, else the first seeded one.

        Raises `NotCreated` for the job of a create that failed.
        """
        if step.job:
            name = str(substitute(step.job, self._make_lookup(lambda: None)))
            if name in self.failed_by_name:
                raise NotCreated(self.failed_by_name[name])
            return self.ids_by_name.get(name, name)
        if kind in self.failed_by_kind:
            raise NotCreated(self.failed_by_kind[kind])
        if kind in self.latest_by_kind:
            return self.latest_by_kind[kind]
        return next(iter(self.seeded_by_kind.get(kind, [])), None)

    def require_job_id(self, step: PlayStep, kind: str, *, has_seeded_jobs: bool) -> str:
        """Return the id of the step's job. Raises `Inconclusive` without one, or if it is not on the target."""
        job_id = self.job_id_for(step, kind)
        if not job_id:
            raise Inconclusive(f"no {kind} was created before this step")
        created = job_id in self.ids_by_name.values() or job_id in self.latest_by_kind.values()
        seeded = any(job_id in ids for ids in self.seeded_by_kind.values())
        if seeded and not created and not has_seeded_jobs:
            raise Inconclusive(f"{job_id} exists only in the scenario, not on a live API; create a job in the play")
        return job_id

    def require_all_jobs(self) -> None:
        """Raise `NotCreated` if the job of any create is missing."""
        lines = [*self.failed_by_name.values(), *self.failed_by_kind.values()]
        if lines:
            raise NotCreated(min(lines))

    def all_job_ids(self) -> list[str]:
        """Return the id of every job, once."""
        seeded = [job_id for ids in self.seeded_by_kind.values() for job_id in ids]
        return list(dict.fromkeys(filter(None, (*seeded, *self.ids_by_name.values(), *self.latest_by_kind.values()))))

    def placeholder_lookup(self, step: PlayStep, kind: str) -> PlaceholderLookup:
        """Return the lookup of a step's placeholders; it raises `Inconclusive` for a value that was never saved."""
        return self._make_lookup(lambda: self.job_id_for(step, kind))

    def _make_lookup(self, find_job_id: Callable[[], str | None]) -> PlaceholderLookup:
        def look_up(name: str) -> Any:
            if name == BASE:
                return self.base_url
            if name == JOB:
                return find_job_id() or ""
            if name not in self.saved_values:
                raise Inconclusive(f"`{{{name}}}` was never saved: the answer that has it did not come, or lacks it")
            return self.saved_values[name]

        return look_up

    def record_created_job(self, step: PlayStep, era: Era, response: Response | None) -> bool:
        """Remember the job that a step created, if its client can know the id from the answer; False: there is none."""
        operation = era.operation(step.operation)
        if operation is None or not operation.creates or response is None:
            return False
        kind = era.kinds.get(operation.kind)
        body = decode_response_body(response)
        if kind is None or response.status >= 300 or not isinstance(body, dict):
            return False
        job_id = body.get(kind.id_field)
        if not isinstance(job_id, str):
            return False
        self.latest_by_kind[operation.kind] = job_id
        self.ids_by_name[step.job_name or job_id] = job_id
        self.failed_by_kind.pop(operation.kind, None)
        self.failed_by_name.pop(step.job_name or job_id, None)
        return True

    def record_failed_create(self, step: PlayStep, era: Era, line: int) -> None:
        """Remember that a step which should have created a job has not, because of the create of a line."""
        operation = era.operation(step.operation)
        if operation is None or not operation.creates or not _expects_job(step.expect):
            return
        self.failed_by_kind[operation.kind] = line
        if step.job_name:
            self.failed_by_name[step.job_name] = line

    def save_values(self, step: PlayStep, response: Response | None) -> list[str]:
        """Save the values that a step keeps of its answer; return a failure for each that the answer lacks."""
        failures = []
        for name, source in step.keep:
            # Without an answer the name must not keep its old value: later steps would prove something else.
            self.saved_values.pop(name, None)
            if response is None:
                continue
            value: Any = response.header(source)
            if source.startswith("/"):
                value = resolve_pointer(decode_response_body(response), source)
            elif value is None:
                value = MISSING
            if value is MISSING:
                failures.append(f"{source} is missing; it was to be kept as `{name}`")
            else:
                self.saved_values[name] = value
        return failures


def _expects_job(expect: ExpectedAnswer) -> bool:
    if expect.one_of:
        return any(map(_expects_job, expect.one_of))
    return not expect.no_answer and (expect.status is None or expect.status < 300)
