"""The jobs that a play knows while its steps are read: those that exist at the start, and those that steps create."""

import re
from typing import NamedTuple

from mockserver.errors import nearest
from mockserver.scenario.kept import mentioned
from mockserver.scenario.model import Expect
from mockserver.scenario.nodes import Node, clip
from mockserver.scenario.report import Report
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.script import SeededJob


class Seeds(NamedTuple):
    """What there is before the first step: the jobs, whether they are all known, and the statuses of no state."""

    jobs: tuple[SeededJob, ...]
    known: bool
    statuses: frozenset[str] = frozenset()
    """What the scenario's `fields` put in place of a status."""


class Cast:
    """Which job a step means, and of which kind it is."""

    def __init__(self, era: Era, report: Report, seeds: Seeds) -> None:
        self.era = era
        self.report = report
        self.sure = seeds.known
        self.seeded = [job.kind for job in seeds.jobs]
        self.names = {job.id: job.kind for job in seeds.jobs if job.id}
        self.created: set[str] = set()
        """The kinds of the jobs that steps have created."""

    def picked(self, node: Node, wanted: str) -> str:
        """The kind of a job picked by a name, or by any id: also one that nobody has, or one that was kept."""
        kind = self.names.get(node.text)
        if kind is None:
            kinds = [wanted] if wanted in self.era.kinds else list(self.era.kinds)
            known = any(re.fullmatch(self.era.kinds[kind].id_pattern, node.text) for kind in kinds)
            if self.sure and not known and not any(mentioned(node.text)):
                message = f"no job is called {clip(node.text)!r}{nearest(node.text, self.names)}"
                hint = f"Jobs so far: {', '.join(self.names) or 'none'}; or write an id."
                self.report.add("SCN053", message, node, hint)
            return wanted
        if wanted and kind != wanted:
            self.report.add("SCN053", f"{clip(node.text)!r} is a {kind}, and this step asks for a {wanted}", node)
        return kind

    def latest(self, node: Node, wanted: str) -> str:
        """The job that a step means without saying so: the latest created one of the kind, else the only one."""
        there = self.seeded.count(wanted)
        if wanted in self.created or not self.sure:
            return wanted
        if there > 1:
            message = f"this step could mean any of {there} jobs"
            self.report.add("SCN059", message, node, "Pick one with `job:`, by its id.")
        elif not there:
            message = f"there is no {wanted} for this step yet"
            self.report.add("SCN058", message, node, "Put one under `jobs:`, or `create` one in a step before.")
        return wanted

    def remember(self, named: Node | None, operation: Operation, expect: Expect) -> None:
        """A job that a step creates, unless it is expected to be refused, or the answer to be lost."""
        refused = expect.no_answer or (expect.status is not None and expect.status >= 300)
        if not refused:
            self.created.add(operation.kind)
        if named is None:
            return
        if named.text in self.names:
            self.report.add("SCN054", f"there is a job called {clip(named.text)!r} already", named)
        self.names[named.text] = operation.kind
