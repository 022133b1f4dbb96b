"""The jobs that a play knows while its steps are read: those that exist at the start, and those that steps create."""

import re
from typing import NamedTuple

from mockserver.errors import did_you_mean
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.model import ExpectedAnswer
from mockserver.scenario.nodes import Node, truncate_value
from mockserver.scenario.placeholders import names_in
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.script import SeededJob


class InitialJobs(NamedTuple):
    """What there is before the first step: the jobs, whether they are all known, and the statuses of no state."""

    jobs: tuple[SeededJob, ...]
    complete: bool
    custom_statuses: frozenset[str] = frozenset()
    """What the scenario's `fields` put in place of a status."""


class JobNames:
    """Which job a step means, and of which kind it is."""

    def __init__(self, era: Era, diagnostics: Diagnostics, initial: InitialJobs) -> None:
        self.era = era
        self.diagnostics = diagnostics
        self.complete = initial.complete
        self.seeded_kinds = [job.kind for job in initial.jobs]
        self.kind_by_name = {job.id: job.kind for job in initial.jobs if job.id}
        self.created_kinds: set[str] = set()
        """The kinds of the jobs that steps have created."""

    def resolve(self, node: Node, expected_kind: str) -> str:
        """The kind of a job picked by a name, or by any id: also one that nobody has, or one that was kept."""
        kind = self.kind_by_name.get(node.text)
        if kind is None:
            kinds = [expected_kind] if expected_kind in self.era.kinds else list(self.era.kinds)
            known = any(re.fullmatch(self.era.kinds[kind].id_pattern, node.text) for kind in kinds)
            if self.complete and not known and not any(names_in(node.text)):
                message = f"no job is called {truncate_value(node.text)!r}{did_you_mean(node.text, self.kind_by_name)}"
                hint = f"Jobs so far: {', '.join(self.kind_by_name) or 'none'}; or write an id."
                self.diagnostics.add("SCN053", message, node, hint)
            return expected_kind
        if expected_kind and kind != expected_kind:
            self.diagnostics.add(
                "SCN053", f"{truncate_value(node.text)!r} is a {kind}, and this step asks for a {expected_kind}", node
            )
        return kind

    def resolve_default(self, node: Node, expected_kind: str) -> str:
        """The job that a step means without saying so: the latest created one of the kind, else the only one."""
        there = self.seeded_kinds.count(expected_kind)
        if expected_kind in self.created_kinds or not self.complete:
            return expected_kind
        if there > 1:
            message = f"this step could mean any of {there} jobs"
            self.diagnostics.add("SCN059", message, node, "Pick one with `job:`, by its id.")
        elif not there:
            message = f"there is no {expected_kind} for this step yet"
            self.diagnostics.add("SCN058", message, node, "Put one under `jobs:`, or `create` one in a step before.")
        return expected_kind

    def add_created(self, name: Node | None, operation: Operation, expect: ExpectedAnswer) -> None:
        """A job that a step creates, unless it is expected to be refused, or the answer to be lost."""
        refused = expect.no_answer or (expect.status is not None and expect.status >= 300)
        if not refused:
            self.created_kinds.add(operation.kind)
        if name is None:
            return
        if name.text in self.kind_by_name:
            self.diagnostics.add("SCN054", f"there is a job called {truncate_value(name.text)!r} already", name)
        self.kind_by_name[name.text] = operation.kind
