"""From `faults:` to values, held against the vendor's tables: what could never happen is refused.

The same for a scenario's file and for a fault that is added at run time: both are nodes of one shape.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple

from mockserver.errors import did_you_mean
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.table import FAULT, FAULT_KINDS
from mockserver.scenario.nodes import Node, node_to_json, truncate_value
from mockserver.scenario.reader import node_from_json
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.faults import Effect, Fault, FaultCondition

ALL_OPERATIONS: Final = "*"


class FaultContext(NamedTuple):
    """What a fault can be about."""

    eras: tuple[Era, ...]
    job_names: Collection[str] | None
    """Names and ids of jobs that there are or will be; None: nobody can tell."""

    def operations(self, name: str) -> list[Operation]:
        """The operations of that name; all of them for `*`."""
        return [one for era in self.eras for one in era.operations if name in (ALL_OPERATIONS, one.name)]


def parse_fault(value: Mapping[str, Any], context: FaultContext) -> Fault:
    """Parse a fault given as decoded JSON: `{on, job, when, do}`. Raises `MockError` with all problems."""
    root, diagnostics = node_from_json(value, "fault")
    FAULT.check(root, diagnostics)
    faults = compile_faults([root], context, diagnostics)
    diagnostics.raise_if_any()
    return faults[0]


def compile_faults(nodes: Iterable[Node], context: FaultContext, diagnostics: Diagnostics) -> tuple[Fault, ...]:
    """The faults of the right shape; what cannot be is reported."""
    read = [_FaultCompiler(node, context, diagnostics) for node in nodes]
    for reading in read:
        reading.check_operations()
    return tuple(reading.compile() for reading in read if diagnostics.is_clean(reading.node))


class _FaultCompiler:
    """One fault, read."""

    def __init__(self, node: Node, context: FaultContext, diagnostics: Diagnostics) -> None:
        self.node, self.context, self.diagnostics = node, context, diagnostics

    def check_operations(self) -> None:
        """Tell a misspelt operation also where something beside it is wrong: all is told in one run."""
        on = self.node.get("on")
        if on is not None and self.diagnostics.is_clean(on) and not self.diagnostics.is_clean(self.node):
            self._operations()

    def compile(self) -> Fault:
        """The fault; worth something only if nothing was reported."""
        node = self.node
        told, effects, when = node_to_json(node), self._effects(_required_key(node, "do")), self._when(node.get("when"))
        on, job = self._operations(), values.as_text(node.get("job"))
        fault = Fault(effects, on, job, when, told, node.line)
        if self.diagnostics.is_clean(node):
            self._check_job(node.get("job"))
        if self.diagnostics.is_clean(node):
            self._check_can_happen(fault)
        return fault

    def _operations(self) -> frozenset[str]:
        on = _required_key(self.node, "on")
        for item in on.items or [on]:
            if not self.context.operations(item.text):
                known = list(dict.fromkeys(one.name for one in self.context.operations(ALL_OPERATIONS)))
                vendors = " or ".join(era.vendor for era in self.context.eras)
                message = (
                    f"there is no operation {truncate_value(item.text)!r} of {vendors}{did_you_mean(item.text, known)}"
                )
                self.diagnostics.add("SCN052", message, item, f"Operations: {', '.join(known)}; `*` is all of them.")
        names = frozenset(item.text for item in on.items or [on])
        return frozenset() if ALL_OPERATIONS in names else names

    def _effects(self, do_node: Node) -> tuple[Effect, ...]:
        given = [(FAULT_KINDS[key.text], value) for key, value in do_node.entries if key.text in FAULT_KINDS]
        alone = [(word, value) for word, value in given if not word.effect.combinable]
        for (one, _), (other, value) in pairwise(alone):
            message = f"`{one.keyword}` and `{other.keyword}` exclude each other"
            self.diagnostics.add(
                "SCN027", message, value, "One fault does one thing; write another fault.", on_key=True
            )
        return tuple(word.parse(value, do_node, self.diagnostics) for word, value in given)

    def _when(self, node: Node | None) -> FaultCondition:
        if node is None:
            return FaultCondition()
        numbers, polls = node.get("call"), node.get("poll")
        listed = numbers or polls
        every, times, rate = (node.get(name) for name in ("every", "times", "rate"))
        since, until = self._window(node)
        return FaultCondition(
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
        since, until = (values.as_duration(end, self.diagnostics) for end in (first, last))
        if last is None:
            return since, None
        if until <= since and self.diagnostics.is_clean(node):
            message = f"nothing lies between {_window_start_text(first)} and {last.text}: the fault can never happen"
            self.diagnostics.add("SCN068", message, last, "The first is the window's start, the second its end.")
        return since, until

    def _check_job(self, node: Node | None) -> None:
        known, named = self.context.job_names, "" if node is None else node.text
        if node is None or known is None or named in known or self._could_be_job_id(named):
            return
        hint = f"Jobs: {', '.join(sorted(known))}." if known else "A step's `as:` names the job that it creates."
        self.diagnostics.add(
            "SCN053", f"no job is called {truncate_value(named)!r}{did_you_mean(named, known)}", node, hint
        )

    def _could_be_job_id(self, job_id: str) -> bool:
        kinds = [kind for era in self.context.eras for kind in era.kinds.values()]
        return any(re.fullmatch(kind.id_pattern, job_id) for kind in kinds)

    def _check_can_happen(self, fault: Fault) -> None:
        """Whether some operation that it names can meet it; an operation that cannot is told by name."""
        on = _required_key(self.node, "on")
        for item in on.items or [on]:
            operations = self.context.operations(item.text)
            if not any(fault.applies_to(operation) for operation in operations):
                message, hint = _impossible_reason(fault, operations[0])
                self.diagnostics.add("SCN068", f"{message}: the fault can never happen", item, hint)


def _impossible_reason(fault: Fault, operation: Operation) -> tuple[str, str]:
    name = operation.name
    if fault.when.polls_only and not operation.polls:
        return f"`{name}` is no poll", "`call` counts any operation."
    if fault.job and not operation.about_one_job:
        return f"`{name}` is about no single job", "Leave out `job`."
    word = next(effect.keyword for effect in fault.effects if effect.reads_only)
    return f"`{word}` concerns reads, and `{name}` is none", "Name the operations that read: get, list."


def _required_key(node: Node, name: str) -> Node:
    found = node.get(name)
    assert found is not None  # noqa: S101 -- the shape requires it
    return found


def _window_start_text(node: Node | None) -> str:
    return "the start" if node is None else node.text
