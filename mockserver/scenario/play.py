"""The play: a client's requests in order, each with its instant, its job and what must come back.

Walking the steps once, it keeps what a reader keeps in mind: the time so far, the jobs that exist and their names, and
the names of what was kept of the answers.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from mockserver.core.instants import Duration, format_duration
from mockserver.errors import nearest
from mockserver.scenario import lint, moments, values
from mockserver.scenario.answers import Answers
from mockserver.scenario.cast import Cast, Seeds
from mockserver.scenario.groups import arranged, outcomes_fit
from mockserver.scenario.hooks import arrivals_in
from mockserver.scenario.kept import OWN, mentioned
from mockserver.scenario.lint import Part
from mockserver.scenario.model import WHATEVER, HttpCall, Moment, PlayStep
from mockserver.scenario.moments import Named
from mockserver.scenario.nodes import Node, clip
from mockserver.scenario.report import Report
from mockserver.scenario.steps import ACTIONS, EVERY_JOB, GROUP, SIBLINGS
from mockserver.vendors.api import Era, Operation

_TOGETHER: Final = GROUP[0].name
_SIBLINGS: Final = frozenset(field.name for field in (*SIBLINGS, *GROUP[1:]))
_OWN: Final = frozenset(field.name for field in (*ACTIONS, GROUP[0]))
_SUITS: Final[Mapping[str, frozenset[str]]] = {
    "call": frozenset({"at", "after", "job", "key", "times", "every", "expect", "keep", "timeout", "named"}),
    "move": frozenset({"at", "after", "job"}),
    "ledger": frozenset({"at", "after", "job"}),
    "deliveries": frozenset({"at", "after", "job"}),
    _TOGETHER: frozenset({"at", "after", "job", "order", "outcomes"}),
}
"""What may stand beside an action that is no operation of the vendor's."""
_NOT_IN_A_GROUP: Final = frozenset({"at", "after", "times", "every", *_OWN} - {"call"})
_NOT_FILLED: Final = frozenset({"keep", "as", "named", "move", "at", "order", _TOGETHER})
"""Keys whose texts are taken as they are: a word in braces stands for nothing there."""


class PlayReader:
    """Reads the steps of one play."""

    def __init__(self, era: Era, report: Report, seeds: Seeds) -> None:
        self.era = era
        self.report = report
        self.cast = Cast(era, report, seeds)
        self.answers = Answers(era, report, seeds.statuses)
        self.kept: dict[str, None] = dict.fromkeys(OWN)
        """The words that may stand in braces by now."""
        self.moments: list[Named] = []
        """The states that steps wait for: whether a job comes to them hangs on the whole scenario."""
        self.now: Duration = 0

    def steps(self, node: Node | None) -> tuple[PlayStep, ...]:
        """Every step without a problem."""
        return () if node is None else tuple(step for item in node.items for step in self._step(item))

    def _step(self, node: Node) -> Iterator[PlayStep]:
        action = self._action(node)
        if action is None:
            return
        self._siblings(node, action[0].text)
        at = self._when(node)
        together = node.get(_TOGETHER)
        step = self._asked(node, *action, at) if together is None else self._group(node, together, at)
        if step is None or not self.report.sound(node):
            return
        self.kept.update((name, None) for one in (step, *step.together) for name, _ in one.keep)
        self.now = step.ends
        yield step

    def _asked(self, node: Node, key: Node, value: Node, at: Duration, whose: Node | None = None) -> PlayStep | None:
        """A step that does one thing; `whose` is the job of its group, which it means unless it says another."""
        operation = self.era.operation(key.text)
        picked = node.get("job") or (whose if _may_pick(key.text, operation) else None)
        kind = self._job(node, picked, key, value, operation)
        moment = self._moment(node, picked, kind or self.era.main.name)
        expect = self.answers.expect(value if operation is not None else node.get("expect"), node.line, operation)
        self._words(node)
        if not self.report.sound(node):
            return None
        if operation is not None and operation.creates:
            self.cast.remember(node.get("as"), operation, expect)
        does = {"operation": key.text} if operation is not None else _DOES[key.text](self, value, kind)
        return replace(self._beside(node, at), job=values.text(picked), moment=moment, expect=expect, **does)

    def _beside(self, node: Node, at: Duration) -> PlayStep:
        """A step with what stands beside its action."""
        times, timeout = node.get("times"), node.get("timeout")
        return PlayStep(
            at=at,
            line=node.line,
            column=node.column,
            name=values.text(node.get("as")),
            send=values.sent(node.get("send")),
            query=values.pairs(node.get("query")),
            headers=values.pairs(node.get("headers")),
            key=values.text(node.get("key")),
            times=1 if times is None else int(times.value),
            every=values.duration(node.get("every"), self.report),
            fixed=node.get("at") is not None,
            keep=self._keep(node.get("keep")),
            timeout=None if timeout is None else values.duration(timeout, self.report),
            label=values.text(node.get("named")),
        )

    def _group(self, node: Node, listed: Node, at: Duration) -> PlayStep | None:
        """Several requests at once."""
        moment = self._moment(node, node.get("job"), self.era.main.name)
        found = [member for item in listed.items for member in self._member(item, at, node.get("job"))]
        order = arranged(listed, node.get("order"), self.report)
        told = node.get("outcomes")
        outcomes = () if told is None else self.answers.several(told)
        self._words(node)
        if told is not None and self.report.sound(listed):
            outcomes_fit(told, len(outcomes), found, self.report)
        return PlayStep(
            at=at,
            line=node.line,
            column=node.column,
            job=values.text(node.get("job")),
            fixed=node.get("at") is not None,
            moment=moment,
            together=tuple(replace(member, expect=WHATEVER) for member in found) if outcomes else tuple(found),
            order=order,
            outcomes=outcomes,
        )

    def _member(self, node: Node, at: Duration, whose: Node | None) -> Iterator[PlayStep]:
        """One request of a group."""
        for key, value in node.entries:
            if key.text in _NOT_IN_A_GROUP:
                message = f"`{key.text}` has no place in a group: its requests are sent at one instant, once"
                self.report.add("SCN064", message, value, on_key=True)
        action = self._action(node) if self.report.sound(node) else None
        if action is not None:
            self._siblings(node, action[0].text, alone=False)
            member = self._asked(node, *action, at, whose)
            yield from [] if member is None else [member]

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
        close = nearest(key.text, [*known, *sorted(_SIBLINGS | _OWN)])
        message = f"{self.era.vendor} has no operation {clip(key.text)!r}{close}"
        self.report.add("SCN052", message, value, f"Operations: {', '.join(known)}.", on_key=True)

    def _siblings(self, node: Node, name: str, *, alone: bool = True) -> None:
        """Whether what stands beside the action has a meaning for it; `alone`: it is no request of a group."""
        for key, value in node.entries:
            if key.text in _SIBLINGS and name in _SUITS and key.text not in _SUITS[name]:
                self.report.add("SCN064", f"`{key.text}` means nothing beside `{name}`", value, on_key=True)
            elif key.text == "named" and alone:
                self.report.add(
                    "SCN064", "`named` names a request of a group", value, "Did you mean `as`?", on_key=True
                )
        operation = self.era.operation(name)
        named, picked = node.get("as"), node.get("job")
        if operation is not None and named is not None and not operation.creates:
            self.report.add("SCN064", f"`as` names a created job, and `{name}` creates none", named, on_key=True)
        if operation is not None and picked is not None and not operation.picks:
            self.report.add("SCN064", f"`{name}` is not about one job", picked, on_key=True)

    def _when(self, node: Node) -> Duration:
        """The step's instant; without a time, or by its job's course, it is not before the step above."""
        at = node.get("at")
        if at is None or moments.is_moment(at):
            return self.now + values.duration(node.get("after"), self.report)
        instant = values.duration(at, self.report)
        if instant < self.now and self.report.sound(at):
            ends = format_duration(self.now)
            message = f"`at: {at.text}` lies before the step above it, which is done at {ends}"
            self.report.add("SCN055", message, at, "`at` counts from the session's start, `after` from the step above.")
        return instant

    def _moment(self, node: Node, picked: Node | None, kind: str) -> Moment | None:
        """The instant that a job's course names; the job is the one picked, else the latest or only one of the kind."""
        at = node.get("at")
        if at is None or not moments.is_moment(at):
            return None
        found = moments.moment(at, self.report)
        whose = self.cast.latest(node, kind) if picked is None else self.cast.names.get(picked.text, kind)
        lifecycle = self.era.kinds[whose].lifecycle if whose in self.era.kinds else None
        if lifecycle is not None and lint.names([Part(found.state, at)], lifecycle, self.report):
            self.moments.append(Named(at, found.state, self.era.kinds[whose]))
        return found

    def _job(self, node: Node, picked: Node | None, key: Node, value: Node, operation: Operation | None) -> str:
        """The kind of the job that a step is about; empty where it is about none, or nobody can tell."""
        if operation is not None and not operation.picks:
            return ""
        if key.text == "deliveries" and picked is None:
            return ""
        if key.text == "ledger" and picked is not None and picked.text == EVERY_JOB:
            return ""
        if key.text == "call" and picked is None and "{job}" not in values.text(value.get("path")):
            return ""
        if picked is not None:
            return self.cast.picked(picked, "" if operation is None else operation.kind)
        return self.cast.latest(node, self.era.main.name if operation is None else operation.kind)

    def called(self, node: Node, kind: str) -> dict[str, Any]:
        """What a `call` sends."""
        call = HttpCall(values.text(node.get("method")), values.text(node.get("path")), values.sent(node.get("body")))
        headers = values.pairs(node.get("headers"))
        return {"call": call, "query": values.pairs(node.get("query")), "headers": headers}

    def moved(self, node: Node, kind: str) -> dict[str, Any]:
        """The state to which a job is moved, one of its kind's."""
        if kind in self.era.kinds:
            lint.state(node, self.era.kinds[kind].lifecycle, self.report)
        return {"move": node.text}

    def booked(self, node: Node, kind: str) -> dict[str, Any]:
        """How many bookings there must be."""
        return {"ledger": values.json(node)}

    def delivered(self, node: Node, kind: str) -> dict[str, Any]:
        """What must have been delivered."""
        return {"deliveries": arrivals_in(node, self.era, self.report)}

    def _keep(self, node: Node | None) -> tuple[tuple[str, str], ...]:
        """Names for values of the answer; none may be a word that has a meaning of its own."""
        for key, value in () if node is None else node.entries:
            if key.text in OWN:
                message = f"`{{{key.text}}}` has a meaning of its own"
                self.report.add("SCN081", message, value, "Keep the value by another name.", on_key=True)
        return values.pairs(node)

    def _words(self, node: Node) -> None:
        """Whether every word in braces stands for something by now."""
        waiting = [value for key, value in node.entries if key.text not in _NOT_FILLED]
        while waiting:
            value = waiting.pop()
            waiting += [*value.items, *(inner for _, inner in value.entries)]
            unknown = next((word for word in mentioned(value.text) if word not in self.kept), None)
            if unknown is not None:
                shown = clip(unknown)
                message = f"`{{{shown}}}` stands for nothing here{nearest(unknown, self.kept)}"
                hint = f"Known: {', '.join(self.kept)}; `keep` adds more. For the braces themselves: `{{{{{shown}}}}}`."
                self.report.add("SCN080", message, value, hint)


_DOES: Final[Mapping[str, Callable[[PlayReader, Node, str], dict[str, Any]]]] = {
    "call": PlayReader.called,
    "move": PlayReader.moved,
    "ledger": PlayReader.booked,
    "deliveries": PlayReader.delivered,
}
"""Of each action that is no operation of the vendor's: (its value, the kind of its job) -> the step's fields."""


def _may_pick(name: str, operation: Operation | None) -> bool:
    """Whether an action can be about the job of its group."""
    return name == "call" if operation is None else operation.picks
