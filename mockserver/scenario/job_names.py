"""The jobs that a play knows while its steps are compiled: those of the start, and those that steps create."""

import re
from typing import NamedTuple

from mockserver.core.text import with_article
from mockserver.errors import did_you_mean
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, truncate_value
from mockserver.scenario.placeholders import names_in
from mockserver.scenario.play_model import ExpectedAnswer
from mockserver.vendors.api import Era, Operation, Role
from mockserver.vendors.script import SeededJob


class InitialJobs(NamedTuple):
    """The jobs before the first step."""

    jobs: tuple[SeededJob, ...]
    complete: bool
    """True if `jobs:` had no problem, so that these are all of them."""
    custom_statuses: frozenset[str] = frozenset()
    """Statuses that the scenario's `fields` show in place of a state."""


class JobNames:
    """Resolves the job of a step, and its kind."""

    def __init__(self, era: Era, diagnostics: Diagnostics, initial: InitialJobs) -> None:
        self.era = era
        self.diagnostics = diagnostics
        self.complete = initial.complete
        self.seeded_kinds = [job.kind for job in initial.jobs]
        self.kind_by_name = {job.id: job.kind for job in initial.jobs if job.id}
        self.created_kinds: set[str] = set()
        """The kinds of the jobs that steps have created."""

    def resolve(self, node: Node, expected_kind: str) -> str:
        """Return the kind of the job that `job:` names. Any id is allowed, also of no job, and a kept value."""
        kind = self.kind_by_name.get(node.text)
        if kind is None:
            kinds = [expected_kind] if expected_kind in self.era.kinds else list(self.era.kinds)
            could_be_id = any(re.fullmatch(self.era.kinds[name].id_pattern, node.text) for name in kinds)
            if self.complete and not could_be_id and not any(names_in(node.text)):
                shown = truncate_value(node.text)
                message = f"no job has the name or id {shown!r}{did_you_mean(node.text, self.kind_by_name)}"
                hint = f"Jobs so far: {', '.join(self.kind_by_name)}; or write an id."
                if not self.kind_by_name:
                    hint = "No job has a name yet: add `as: NAME` to the step that creates it, or write an id."
                self.diagnostics.add("SCN053", message, node, hint)
            return expected_kind
        if expected_kind and kind != expected_kind:
            needed = with_article(expected_kind)
            message = f"{truncate_value(node.text)!r} is {with_article(kind)}, and this step needs {needed}"
            self.diagnostics.add("SCN053", message, node)
        return kind

    def resolve_default(self, node: Node, expected_kind: str) -> str:
        """Return the kind of the job that a step without `job:` means: the latest created one, else the only one."""
        seeded = self.seeded_kinds.count(expected_kind)
        if expected_kind in self.created_kinds or not self.complete:
            return expected_kind
        if seeded > 1:
            message = f"this step could mean any of {seeded} jobs"
            self.diagnostics.add("SCN059", message, node, "Choose one with `job:`, by its id.")
        elif not seeded:
            message = f"there is no {expected_kind} for this step yet"
            hint = "Add one under `jobs:`."
            create = self.era.operation_of(expected_kind, Role.CREATE)
            if create is not None:
                hint = f"Add one under `jobs:`, or `{create.name}` one in an earlier step."
            self.diagnostics.add("SCN058", message, node, hint)
            # Later steps lack the same job: one message is enough.
            self.created_kinds.add(expected_kind)
        return expected_kind

    def assume(self, name: Node | None, kind: str) -> None:
        """Add the job that a step with a problem would create: later steps that use it have no problem of their own."""
        self.created_kinds.add(kind)
        if name is not None:
            self.kind_by_name.setdefault(name.text, kind)

    def add_created(self, name: Node | None, operation: Operation, expect: ExpectedAnswer) -> None:
        """Add the job that a step creates, unless the step expects a refusal or no answer."""
        refused = expect.no_answer or (expect.status is not None and expect.status >= 300)
        if not refused:
            self.created_kinds.add(operation.kind)
        if name is None:
            return
        if name.text in self.kind_by_name:
            self.diagnostics.add("SCN054", f"a job named {truncate_value(name.text)!r} already exists", name)
        self.kind_by_name[name.text] = operation.kind
