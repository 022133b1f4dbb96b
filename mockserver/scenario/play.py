"""The play: a client's requests in order, each with its instant, its job and what must come back.

Walking the steps once, it keeps what a reader keeps in mind: the time so far, the jobs that exist and their names.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from mockserver.core.instants import Duration, format_duration
from mockserver.scenario import lint, values
from mockserver.scenario.language import ACTIONS, LATER_IN_PLAY, SIBLINGS
from mockserver.scenario.model import Expect, HttpCall, PlayStep
from mockserver.scenario.nodes import Node, clip
from mockserver.scenario.report import Report, similar
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.script import SeededJob

_SIBLINGS: Final = frozenset(field.name for field in SIBLINGS)
_OWN: Final = frozenset(field.name for field in (*ACTIONS, *LATER_IN_PLAY))
_SUITS: Final[Mapping[str, frozenset[str]]] = {
    "call": frozenset({"at", "after", "job", "key", "times", "every", "expect"}),
    "move": frozenset({"at", "after", "job"}),
    "ledger": frozenset({"at", "after", "job"}),
}
"""What may stand beside an action that is no operation of the vendor's."""
_CLOSE: Final = 0.75
"""How alike an expected status and a state must be, for the one to be a misspelt other."""


class Seeds(NamedTuple):
    """What there is before the first step: the jobs, whether they are all known, and the statuses of no state."""

    jobs: tuple[SeededJob, ...]
    known: bool
    statuses: frozenset[str] = frozenset()
    """What the scenario's `fields` put in place of a status."""


class Player:
    """Compiles the steps of one play."""

    def __init__(self, era: Era, report: Report, seeds: Seeds) -> None:
        self.era = era
        self.report = report
        self.sure = seeds.known
        self.statuses = seeds.statuses
        self.seeded = [job.kind for job in seeds.jobs]
        self.names = {job.id: job.kind for job in seeds.jobs if job.id}
        self.created: set[str] = set()
        """The kinds of the jobs that steps have created."""
        self.now: Duration = 0

    def steps(self, node: Node | None) -> tuple[PlayStep, ...]:
        """Every step without a problem."""
        return () if node is None else tuple(step for item in node.items for step in self._step(item))

    def _step(self, node: Node) -> Iterator[PlayStep]:
        action = self._action(node)
        if action is None:
            return
        key, value = action
        name = key.text
        operation = self.era.operation(name)
        self._siblings(node, name, operation)
        at = self._when(node)
        kind = self._job(node, key, value, operation)
        expect = self._expect(value if operation is not None else node.get("expect"), node.line, operation)
        if not self.report.sound(node):
            return
        self._remember(node, operation, expect)
        times = node.get("times")
        step = PlayStep(
            at=at,
            line=node.line,
            column=node.column,
            operation=name if operation is not None else "",
            call=self._call(value) if name == "call" else None,
            move=self._move(value, kind) if name == "move" else "",
            ledger=values.json(value) if name == "ledger" else {},
            expect=expect,
            name=values.text(node.get("as")),
            job=values.text(node.get("job")),
            send=values.sent(node.get("send")),
            query=values.pairs(node.get("query") or (value.get("query") if name == "call" else None)),
            headers=values.pairs(node.get("headers") or (value.get("headers") if name == "call" else None)),
            key=values.text(node.get("key")),
            times=1 if times is None else int(times.value),
            every=values.duration(node.get("every"), self.report),
        )
        self.now = step.ends
        yield step

    def _action(self, node: Node) -> tuple[Node, Node] | None:
        """The one thing that a step does: its key and value; None with the reason reported."""
        doing = [(key, value) for key, value in node.entries if key.text not in _SIBLINGS]
        for key, value in doing:
            if key.text not in _OWN and self.era.operation(key.text) is None:
                self._no_operation(key, value)
        if not self.report.sound(node):
            return None
        if len(doing) != 1:
            what = ", ".join(f"`{key.text}`" for key, _ in doing) or "nothing"
            message = f"a step does exactly one thing, this one does {what}"
            self.report.add("SCN057", message, node, "Write a step for each; `at` and `after` say when.")
            return None
        return doing[0]

    def _no_operation(self, key: Node, value: Node) -> None:
        known = [operation.name for operation in self.era.operations]
        close = similar(key.text, [*known, *sorted(_SIBLINGS | _OWN)])
        message = f"{self.era.vendor} has no operation {clip(key.text)!r}{close}"
        self.report.add("SCN052", message, value, f"Operations: {', '.join(known)}.", on_key=True)

    def _siblings(self, node: Node, name: str, operation: Operation | None) -> None:
        """Whether what stands beside the action has a meaning for it."""
        for key, value in node.entries:
            if key.text in _SIBLINGS and name in _SUITS and key.text not in _SUITS[name]:
                self.report.add("SCN064", f"`{key.text}` means nothing beside `{name}`", value, on_key=True)
        named, picked = node.get("as"), node.get("job")
        if operation is not None and named is not None and (_picks(operation) or operation.method != "POST"):
            self.report.add("SCN064", f"`as` names a created job, and `{name}` creates none", named, on_key=True)
        if operation is not None and picked is not None and not _picks(operation):
            self.report.add("SCN064", f"`{name}` is not about one job", picked, on_key=True)

    def _when(self, node: Node) -> Duration:
        """The step's instant; one without a time is at that of the step before."""
        at = node.get("at")
        if at is None:
            return self.now + values.duration(node.get("after"), self.report)
        instant = values.duration(at, self.report)
        if instant < self.now and self.report.sound(at):
            ends = format_duration(self.now)
            message = f"`at: {at.text}` lies before the step above it, which is done at {ends}"
            self.report.add("SCN055", message, at, "`at` counts from the session's start, `after` from the step above.")
        return instant

    def _job(self, node: Node, key: Node, value: Node, operation: Operation | None) -> str:
        """The kind of the job that a step is about; empty where it is about none, or nobody can tell."""
        picked = node.get("job")
        if operation is not None and not _picks(operation):
            return ""
        if key.text == "call" and picked is None and "{job}" not in values.text(value.get("path")):
            return ""
        if picked is not None:
            return self._picked(picked, "" if operation is None else operation.kind)
        return self._latest(node, self.era.main.name if operation is None else operation.kind)

    def _picked(self, node: Node, wanted: str) -> str:
        """A job picked by a name, or by any id: also one that nobody has."""
        kind = self.names.get(node.text)
        if kind is None:
            kinds = [wanted] if wanted in self.era.kinds else list(self.era.kinds)
            if self.sure and not any(re.fullmatch(self.era.kinds[kind].id_pattern, node.text) for kind in kinds):
                message = f"no job is called {clip(node.text)!r}{similar(node.text, self.names)}"
                hint = f"Jobs so far: {', '.join(self.names) or 'none'}; or write an id."
                self.report.add("SCN053", message, node, hint)
            return wanted
        if wanted and kind != wanted:
            self.report.add("SCN053", f"{clip(node.text)!r} is a {kind}, and this step asks for a {wanted}", node)
        return kind

    def _latest(self, node: Node, wanted: str) -> str:
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

    def _remember(self, node: Node, operation: Operation | None, expect: Expect) -> None:
        """A job that this step creates, unless it is expected to be refused."""
        named = node.get("as")
        if operation is None or _picks(operation) or operation.method != "POST":
            return
        if expect.status is None or expect.status < 300:
            self.created.add(operation.kind)
        if named is None:
            return
        if named.text in self.names:
            self.report.add("SCN054", f"there is a job called {clip(named.text)!r} already", named)
        self.names[named.text] = operation.kind

    def _move(self, node: Node, kind: str) -> str:
        if kind in self.era.kinds:
            lint.state(node, self.era.kinds[kind].lifecycle, self.report)
        return node.text

    def _call(self, node: Node) -> HttpCall:
        return HttpCall(values.text(node.get("method")), values.text(node.get("path")), values.sent(node.get("body")))

    def _expect(self, node: Node | None, line: int, operation: Operation | None) -> Expect:
        if node is None or node.kind != "mapping":
            return Expect(line=line)
        status, body = node.get("status"), node.get("body")
        expected = None if status is None else int(status.value)
        if body is not None and (expected is None or expected < 300):
            self._status(body.get("status"), operation)
        return Expect(
            status=expected,
            body=values.json(body),
            headers=values.pairs(node.get("headers")),
            reason=values.text(node.get("reason")),
            absent=values.texts(node.get("absent")),
            line=node.line,
        )

    def _status(self, node: Node | None, operation: Operation | None) -> None:
        """A status that is almost a state is a misspelt one; a quite different one may be another field's business."""
        own = "" if operation is None else operation.kind
        kinds = [self.era.kinds[own]] if own in self.era.kinds else self.era.kinds.values()
        states = {state: None for kind in kinds for state in lint.all_states(kind)}
        if node is None or node.kind != "scalar" or node.text in states or node.text in self.statuses:
            return
        close = similar(node.text, states, _CLOSE)
        if close:
            self.report.add("SCN056", f"nothing at {self.era.vendor} has the status {node.text!r}{close}", node)


def _picks(operation: Operation) -> bool:
    """Whether an operation is about one job, and so needs its id."""
    return bool(operation.id_in[0])
