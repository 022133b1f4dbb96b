"""From `faults:` to values, held against the vendor's tables: what could never happen is refused.

The same for a scenario's file and for a fault that is added at run time: both are nodes of one shape.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Final, NamedTuple

from mockserver.errors import nearest
from mockserver.scenario import values
from mockserver.scenario.faults.table import FAULT, WORDS
from mockserver.scenario.nodes import Node, clip, plain
from mockserver.scenario.reader import read
from mockserver.scenario.report import Report
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.faults import Effect, Fault, When

EVERY: Final = "*"


class Around(NamedTuple):
    """What a fault can be about."""

    eras: tuple[Era, ...]
    jobs: Collection[str] | None
    """Names and ids of jobs that there are or will be; None: nobody can tell."""

    def operations(self, name: str) -> list[Operation]:
        """The operations of that name; all of them for `*`."""
        return [one for era in self.eras for one in era.operations if name in (EVERY, one.name)]


def fault_of(text: str, around: Around) -> Fault:
    """A fault written as JSON or YAML, in one piece; raises `MockError` with all that is wrong with it."""
    root, report = read(text, "fault")
    FAULT.check(root, report)
    found = faults_in([root], around, report)
    report.finish()
    return replace(found[0], line=0)


def faults_in(nodes: Iterable[Node], around: Around, report: Report) -> tuple[Fault, ...]:
    """The faults of the right shape; what cannot be is reported."""
    read = [_Reading(node, around, report) for node in nodes]
    for reading in read:
        reading.names()
    return tuple(reading.fault() for reading in read if report.sound(reading.node))


class _Reading:
    """One fault, read."""

    def __init__(self, node: Node, around: Around, report: Report) -> None:
        self.node, self.around, self.report = node, around, report

    def names(self) -> None:
        """Tell a misspelt operation also where something beside it is wrong: all is told in one run."""
        on = self.node.get("on")
        if on is not None and self.report.sound(on) and not self.report.sound(self.node):
            self._on()

    def fault(self) -> Fault:
        """The fault; worth something only if nothing was reported."""
        node = self.node
        told, effects, when = plain(node), self._effects(_needed(node, "do")), self._when(node.get("when"))
        on, job = self._on(), values.text(node.get("job"))
        fault = Fault(effects, on, job, when, told, node.line)
        if self.report.sound(node):
            self._job(node.get("job"))
        if self.report.sound(node):
            self._can_happen(fault)
        return fault

    def _on(self) -> frozenset[str]:
        on = _needed(self.node, "on")
        for item in on.items or [on]:
            if not self.around.operations(item.text):
                known = list(dict.fromkeys(one.name for one in self.around.operations(EVERY)))
                vendors = " or ".join(era.vendor for era in self.around.eras)
                message = f"there is no operation {clip(item.text)!r} of {vendors}{nearest(item.text, known)}"
                self.report.add("SCN052", message, item, f"Operations: {', '.join(known)}; `*` is all of them.")
        names = frozenset(item.text for item in on.items or [on])
        return frozenset() if EVERY in names else names

    def _effects(self, do: Node) -> tuple[Effect, ...]:
        given = [(WORDS[key.text], value) for key, value in do.entries if key.text in WORDS]
        alone = [(word, value) for word, value in given if not word.effect.combines]
        for (one, _), (other, value) in pairwise(alone):
            message = f"`{one.name}` and `{other.name}` exclude each other"
            self.report.add("SCN027", message, value, "One fault does one thing; write another fault.", on_key=True)
        return tuple(word.read(value, do, self.report) for word, value in given)

    def _when(self, node: Node | None) -> When:
        if node is None:
            return When()
        numbers, polls = node.get("call"), node.get("poll")
        listed = numbers or polls
        every, times, rate = (node.get(name) for name in ("every", "times", "rate"))
        since, until = self._window(node)
        return When(
            frozenset() if listed is None else frozenset(int(item.value) for item in listed.items or [listed]),
            polls is not None,
            1 if every is None else int(every.value),
            0 if times is None else int(times.value),
            since,
            until,
            1.0 if rate is None else float(rate.value),
        )

    def _window(self, node: Node) -> tuple[int, int | None]:
        between = node.get("between")
        first, last = between.items if between is not None else (node.get("after"), node.get("until"))
        since, until = (values.duration(end, self.report) for end in (first, last))
        if last is None:
            return since, None
        if until <= since and self.report.sound(node):
            message = f"nothing lies between {_said(first)} and {last.text}: the fault can never happen"
            self.report.add("SCN068", message, last, "The first is the window's start, the second its end.")
        return since, until

    def _job(self, node: Node | None) -> None:
        known, named = self.around.jobs, "" if node is None else node.text
        if node is None or known is None or named in known or self._could_be(named):
            return
        hint = f"Jobs: {', '.join(sorted(known))}." if known else "A step's `as:` names the job that it creates."
        self.report.add("SCN053", f"no job is called {clip(named)!r}{nearest(named, known)}", node, hint)

    def _could_be(self, job_id: str) -> bool:
        kinds = [kind for era in self.around.eras for kind in era.kinds.values()]
        return any(re.fullmatch(kind.id_pattern, job_id) for kind in kinds)

    def _can_happen(self, fault: Fault) -> None:
        """Whether some operation that it names can meet it; an operation that cannot is told by name."""
        on = _needed(self.node, "on")
        for item in on.items or [on]:
            operations = self.around.operations(item.text)
            if not any(fault.concerns(operation) for operation in operations):
                message, hint = _why_never(fault, operations[0])
                self.report.add("SCN068", f"{message}: the fault can never happen", item, hint)


def _why_never(fault: Fault, operation: Operation) -> tuple[str, str]:
    name = operation.name
    if fault.when.polls and not operation.polls:
        return f"`{name}` is no poll", "`call` counts any operation."
    if fault.job and not operation.picks:
        return f"`{name}` is about no single job", "Leave out `job`."
    word = next(effect.word for effect in fault.effects if effect.reads)
    return f"`{word}` concerns reads, and `{name}` is none", "Name the operations that read: get, list."


def _needed(node: Node, name: str) -> Node:
    found = node.get(name)
    assert found is not None  # noqa: S101 -- the shape requires it
    return found


def _said(node: Node | None) -> str:
    return "the start" if node is None else node.text
