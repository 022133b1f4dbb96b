"""What a play knows of the world: its jobs, by name and the latest of each kind, and what it has kept of answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mockserver.core.wire import Response
from mockserver.runner.expecting import MISSING, decoded, found
from mockserver.runner.targets.api import Inconclusive
from mockserver.scenario.kept import BASE, JOB, Words, filled
from mockserver.scenario.model import PlayStep
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.script import SeededJob


@dataclass
class Cast:
    """The jobs of one play, and what it has kept."""

    base: str
    names: dict[str, str] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    seeded: dict[str, list[str]] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def seed(self, jobs: tuple[SeededJob, ...], usual: str) -> None:
        """Know the jobs that exist at the start."""
        for job in jobs:
            self.seeded.setdefault(job.kind or usual, []).append(job.id)

    def pick(self, step: PlayStep, kind: str) -> str:
        """The id of the job that a step is about; empty where there is none."""
        if step.job:
            named = str(filled(step.job, self._words(lambda: "")))
            return self.names.get(named, named)
        if kind in self.latest:
            return self.latest[kind]
        seeded = self.seeded.get(kind, [])
        return seeded[0] if seeded else ""

    def needed(self, step: PlayStep, kind: str, *, seeded_exist: bool) -> str:
        """The job's id; without one the step proves nothing."""
        job_id = self.pick(step, kind)
        if not job_id:
            raise Inconclusive(f"no {kind} was created before this step")
        known = job_id in self.names.values() or job_id in self.latest.values()
        seeded = any(job_id in ids for ids in self.seeded.values())
        if seeded and not known and not seeded_exist:
            raise Inconclusive(f"{job_id} exists in the scenario only: let the play create its job")
        return job_id

    def everybody(self) -> list[str]:
        """The id of every job, once."""
        seeded = [job_id for ids in self.seeded.values() for job_id in ids]
        return list(dict.fromkeys(filter(None, (*seeded, *self.names.values(), *self.latest.values()))))

    def words(self, step: PlayStep, kind: str) -> Words:
        """What the words in braces stand for in a step; one that was never kept makes the step prove nothing."""
        return self._words(lambda: self.pick(step, kind))

    def _words(self, job: Callable[[], str]) -> Words:
        def word(name: str) -> Any:
            if name in (BASE, JOB):
                return self.base if name == BASE else job()
            if name not in self.kept:
                raise Inconclusive(f"`{{{name}}}` was not kept: the answer that has it did not come, or lacks it")
            return self.kept[name]

        return word

    def learn(self, step: PlayStep, era: Era, operation: Operation | None, response: Response | None) -> None:
        """Remember the job that a step created, as far as its client can know."""
        if operation is None or not operation.creates or response is None:
            return
        kind, made = era.kinds.get(operation.kind), decoded(response)
        if kind is None or response.status >= 300 or not isinstance(made, dict):
            return
        job_id = made.get(kind.id_field)
        if isinstance(job_id, str):
            self.latest[operation.kind] = job_id
            self.names.update({step.name: job_id} if step.name else {job_id: job_id})

    def keep(self, step: PlayStep, response: Response | None) -> list[str]:
        """Keep what a step names of its answer; what is not there, a sentence for each."""
        failures = []
        for name, place in step.keep:
            self.kept.pop(name, None)
            value = MISSING if response is None else _value(response, place)
            if value is not MISSING:
                self.kept[name] = value
            elif response is not None:
                failures.append(f"{place} is not there, to be kept as `{name}`")
        return failures


def _value(response: Response, place: str) -> Any:
    """What a JSON pointer or a header's name leads to."""
    if place.startswith("/"):
        return found(decoded(response), place)
    header = response.header(place)
    return MISSING if header is None else header
