"""The state of a play: the ids of its jobs, by name and the latest of each kind, and values saved from answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mockserver.core.subset import MISSING
from mockserver.core.wire import Response
from mockserver.runner.play.expectations import decode_response_body, resolve_pointer
from mockserver.runner.targets.target import Inconclusive
from mockserver.scenario.placeholders import BASE, JOB, PlaceholderLookup, substitute
from mockserver.scenario.play_model import PlayStep
from mockserver.vendors.api import Era
from mockserver.vendors.script import SeededJob


@dataclass
class PlayState:
    """The jobs and saved values of one play."""

    base_url: str
    ids_by_name: dict[str, str] = field(default_factory=dict)
    latest_by_kind: dict[str, str] = field(default_factory=dict)
    seeded_by_kind: dict[str, list[str]] = field(default_factory=dict)
    saved_values: dict[str, Any] = field(default_factory=dict)

    def add_seeded_jobs(self, jobs: tuple[SeededJob, ...], default_kind: str) -> None:
        """Add the jobs that the scenario has at its start."""
        for job in jobs:
            self.seeded_by_kind.setdefault(job.kind or default_kind, []).append(job.id)

    def job_id_for(self, step: PlayStep, kind: str) -> str | None:
        """Return the id of the job that a step is about: named, else the latest created, else the first seeded one."""
        if step.job:
            name = str(substitute(step.job, self._make_lookup(lambda: None)))
            return self.ids_by_name.get(name, name)
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

    def record_created_job(self, step: PlayStep, era: Era, response: Response | None) -> None:
        """Remember the job that a step created, if its client can know the id from the answer."""
        operation = era.operation(step.operation)
        if operation is None or not operation.creates or response is None:
            return
        kind = era.kinds.get(operation.kind)
        body = decode_response_body(response)
        if kind is None or response.status >= 300 or not isinstance(body, dict):
            return
        job_id = body.get(kind.id_field)
        if isinstance(job_id, str):
            self.latest_by_kind[operation.kind] = job_id
            self.ids_by_name[step.job_name or job_id] = job_id

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
