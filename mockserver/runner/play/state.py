"""What a play knows of the world: its jobs, by name and the latest of each kind, and what it has kept of answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mockserver.core.wire import Response
from mockserver.runner.play.expectations import MISSING, decode_response_body, resolve_pointer
from mockserver.runner.targets.target import Inconclusive
from mockserver.scenario.model import PlayStep
from mockserver.scenario.placeholders import BASE, JOB, PlaceholderLookup, substitute
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.script import SeededJob


@dataclass
class PlayState:
    """The jobs of one play, and what it has kept."""

    base_url: str
    ids_by_name: dict[str, str] = field(default_factory=dict)
    latest_by_kind: dict[str, str] = field(default_factory=dict)
    seeded_by_kind: dict[str, list[str]] = field(default_factory=dict)
    saved_values: dict[str, Any] = field(default_factory=dict)

    def add_seeded_jobs(self, jobs: tuple[SeededJob, ...], default_kind: str) -> None:
        """Know the jobs that exist at the start."""
        for job in jobs:
            self.seeded_by_kind.setdefault(job.kind or default_kind, []).append(job.id)

    def job_id_for(self, step: PlayStep, kind: str) -> str:
        """The id of the job that a step is about; empty where there is none."""
        if step.job:
            named = str(substitute(step.job, self._make_lookup(lambda: "")))
            return self.ids_by_name.get(named, named)
        if kind in self.latest_by_kind:
            return self.latest_by_kind[kind]
        seeded = self.seeded_by_kind.get(kind, [])
        return seeded[0] if seeded else ""

    def require_job_id(self, step: PlayStep, kind: str, *, has_seeded_jobs: bool) -> str:
        """The job's id; without one the step proves nothing."""
        job_id = self.job_id_for(step, kind)
        if not job_id:
            raise Inconclusive(f"no {kind} was created before this step")
        known = job_id in self.ids_by_name.values() or job_id in self.latest_by_kind.values()
        seeded = any(job_id in ids for ids in self.seeded_by_kind.values())
        if seeded and not known and not has_seeded_jobs:
            raise Inconclusive(f"{job_id} exists in the scenario only: let the play create its job")
        return job_id

    def all_job_ids(self) -> list[str]:
        """The id of every job, once."""
        seeded = [job_id for ids in self.seeded_by_kind.values() for job_id in ids]
        return list(dict.fromkeys(filter(None, (*seeded, *self.ids_by_name.values(), *self.latest_by_kind.values()))))

    def placeholder_lookup(self, step: PlayStep, kind: str) -> PlaceholderLookup:
        """What the words in braces stand for in a step; one that was never kept makes the step prove nothing."""
        return self._make_lookup(lambda: self.job_id_for(step, kind))

    def _make_lookup(self, job: Callable[[], str]) -> PlaceholderLookup:
        def word(name: str) -> Any:
            if name in (BASE, JOB):
                return self.base_url if name == BASE else job()
            if name not in self.saved_values:
                raise Inconclusive(f"`{{{name}}}` was not kept: the answer that has it did not come, or lacks it")
            return self.saved_values[name]

        return word

    def record_created_job(
        self, step: PlayStep, era: Era, operation: Operation | None, response: Response | None
    ) -> None:
        """Remember the job that a step created, as far as its client can know."""
        if operation is None or not operation.creates or response is None:
            return
        kind, made = era.kinds.get(operation.kind), decode_response_body(response)
        if kind is None or response.status >= 300 or not isinstance(made, dict):
            return
        job_id = made.get(kind.id_field)
        if isinstance(job_id, str):
            self.latest_by_kind[operation.kind] = job_id
            self.ids_by_name.update({step.job_name: job_id} if step.job_name else {job_id: job_id})

    def save_values(self, step: PlayStep, response: Response | None) -> list[str]:
        """Keep what a step names of its answer; what is not there, a sentence for each."""
        failures = []
        for name, place in step.keep:
            self.saved_values.pop(name, None)
            value = MISSING if response is None else _value_to_save(response, place)
            if value is not MISSING:
                self.saved_values[name] = value
            elif response is not None:
                failures.append(f"{place} is not there, to be kept as `{name}`")
        return failures


def _value_to_save(response: Response, pointer_or_header: str) -> Any:
    """What a JSON pointer or a header's name leads to."""
    if pointer_or_header.startswith("/"):
        return resolve_pointer(decode_response_body(response), pointer_or_header)
    header = response.header(pointer_or_header)
    return MISSING if header is None else header
