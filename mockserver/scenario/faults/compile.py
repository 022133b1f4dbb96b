"""Compiles `faults:` and checks each fault against the vendor's tables: one that can never happen is refused.

A fault in a scenario file and a fault that is added at run time are nodes of one shape.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from mockserver.errors import did_you_mean, nearest_names
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.faults.table import FAULT, FAULT_KINDS
from mockserver.scenario.matchers import check_matchers
from mockserver.scenario.nodes import Node, node_to_json, truncate_value
from mockserver.scenario.placeholders import BUILTIN_NAMES, JOB, names_in
from mockserver.scenario.reader import node_from_json
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.faults import ALWAYS, Fault, FaultCondition, RequestCondition

ALL_OPERATIONS: Final = "*"


@dataclass(frozen=True)
class FaultContext:
    """What a fault can refer to."""

    eras: tuple[Era, ...]
    job_names: Collection[str] | None
    """Names and ids of jobs that exist or will exist; None where they are not known."""

    def operations(self, name: str) -> list[Operation]:
        """Return the operations of that name; all of them for `*`."""
        return [one for era in self.eras for one in era.operations if name in (ALL_OPERATIONS, one.name)]


def parse_fault(value: Mapping[str, Any], context: FaultContext) -> Fault:
    """Parse a fault given as decoded JSON: `{on, job, request, when, do}`. Raises `MockError` with all problems."""
    root, diagnostics = node_from_json(value, "fault")
    FAULT.check(root, diagnostics)
    faults = compile_faults([root], context, diagnostics)
    diagnostics.raise_if_any()
    return faults[0]


def compile_faults(nodes: Iterable[Node], context: FaultContext, diagnostics: Diagnostics) -> tuple[Fault, ...]:
    """Compile the faults whose shape is right, and report those that cannot happen."""
    compilers = [_FaultCompiler(node, context, diagnostics) for node in nodes]
    for compiler in compilers:
        # An unknown operation is reported even where another part of the fault is wrong: one run shows everything.
        on = compiler.node.get("on")
        if on is not None and diagnostics.is_clean(on) and not diagnostics.is_clean(compiler.node):
            compiler.compile_operations()
    faults: list[Fault] = []
    for compiler in compilers:
        if not diagnostics.is_clean(compiler.node):
            continue
        fault = compiler.compile()
        hiding = next((earlier for earlier in faults if _always_precedes(earlier, fault)), None)
        if hiding is not None:
            message = f"the fault in line {hiding.line} acts on each of these calls first: this one can never happen"
            diagnostics.add("SCN068", message, compiler.node, "Give the first fault a `when`, or put it last.")
        faults.append(fault)
    return tuple(faults)


def _always_precedes(earlier: Fault, later: Fault) -> bool:
    """Return True if an earlier fault, which excludes others, acts on every call that a later one is about."""
    unconditional = earlier.when == ALWAYS and earlier.request is None and not earlier.job
    reads_only = any(effect.reads_only for effect in earlier.effects)
    covers = not earlier.operations or (bool(later.operations) and later.operations <= earlier.operations)
    return earlier.exclusive and later.exclusive and unconditional and covers and not reads_only


class _FaultCompiler:
    def __init__(self, node: Node, context: FaultContext, diagnostics: Diagnostics) -> None:
        self.node = node
        self.context = context
        self.diagnostics = diagnostics

    def compile(self) -> Fault:
        """Compile the fault; the result counts only if nothing was reported."""
        node = self.node
        do_node = _required_key(node, "do")
        kinds = [(FAULT_KINDS[key.text], value) for key, value in do_node.entries if key.text in FAULT_KINDS]
        exclusive = [(kind.keyword, value) for kind, value in kinds if not kind.combinable]
        for (one, _), (other, value) in pairwise(exclusive):
            hint = "A fault does one thing; write a second fault."
            self.diagnostics.add("SCN027", f"`{one}` and `{other}` exclude each other", value, hint, on_key=True)
        effects = tuple(kind.parse(value, do_node, self.diagnostics) for kind, value in kinds)
        when = self._condition(node.get("when"))
        fault = Fault(
            effects,
            operations=self.compile_operations(),
            job=values.as_text(node.get("job")),
            request=self._request_condition(node.get("request")),
            when=when,
            source=node_to_json(node),
            line=node.line,
        )
        if self.diagnostics.is_clean(node):
            self._check_against_vendor(fault)
        return fault

    def compile_operations(self) -> frozenset[str]:
        """Compile `on`: names of operations, none for all of them."""
        on = _required_key(self.node, "on")
        items = on.items or [on]
        for item in items:
            if not self.context.operations(item.text):
                known = list(dict.fromkeys(one.name for one in self.context.operations(ALL_OPERATIONS)))
                vendors = " or ".join(era.vendor for era in self.context.eras)
                shown = truncate_value(item.text)
                message = f"{vendors} has no operation {shown!r}{did_you_mean(item.text, known)}"
                hint = f"Operations: {nearest_names(item.text, known)}; `*` is all of them."
                if len(self.context.eras) > 1:
                    hint = f"{hint} For an operation of another vendor, name the vendor."
                self.diagnostics.add("SCN052", message, item, hint)
        names = frozenset(item.text for item in items)
        return frozenset() if ALL_OPERATIONS in names else names

    def _request_condition(self, node: Node | None) -> RequestCondition | None:
        if node is None:
            return None
        headers, query, body = (node.get(name) for name in ("headers", "query", "body"))
        for part in (headers, query, body):
            if part is not None:
                check_matchers(part, self.diagnostics)
        return RequestCondition(
            headers={name.lower(): value for name, value in _expected_texts(headers)},
            query=dict(_expected_texts(query)),
            body=values.as_json_value(body),
        )

    def _condition(self, node: Node | None) -> FaultCondition:
        if node is None:
            return FaultCondition()
        polls, every, times, rate = (node.get(name) for name in ("poll", "every", "times", "rate"))
        numbers = values.one_or_more(node.get("call") or polls)
        calls, step = frozenset(int(item.value) for item in numbers), values.as_int(every, 1)
        if calls and all(number % step for number in calls):
            message = f"`every: {step}` leaves out each of these calls: the fault can never happen"
            self.diagnostics.add("SCN068", message, node, "Leave `every` out.")
        first, last, between = (node.get(name) for name in ("after", "until", "between"))
        if between is not None:
            first, last = between.items
        since, until = (values.as_duration(end, self.diagnostics) for end in (first, last))
        if last is not None and until <= since and self.diagnostics.is_clean(node):
            start = values.as_text(first, "the start")
            message = f"nothing lies between {start} and {last.text}: the fault can never happen"
            hint = "`after` is the start of the window, `until` its end."
            if between is not None:
                hint = "The first is the window's start, the second its end."
            self.diagnostics.add("SCN068", message, last, hint)
        return FaultCondition(
            calls=calls,
            polls_only=polls is not None,
            every=step,
            times=values.as_int(times, 0),
            since=since,
            until=None if last is None else until,
            rate=1.0 if rate is None else float(rate.value),
        )

    def _check_placeholders(self, fault: Fault) -> None:
        """Report placeholders other than `{job}` and `{base}`, and `{job}` where there is no job (SCN080)."""
        do_node = _required_key(self.node, "do")
        texts = [effect.texts for effect in fault.effects if isinstance(effect, FaultEffect)]
        names = list(names_in(texts))
        unknown = next((name for name in names if name not in BUILTIN_NAMES), None)
        if unknown is not None:
            shown = truncate_value(unknown)
            message = f"`{{{shown}}}` has no value in a fault{did_you_mean(unknown, BUILTIN_NAMES)}"
            hint = f"Known: job, base. For the braces themselves: `{{{{{shown}}}}}`."
            self.diagnostics.add("SCN080", message, do_node, hint)
        operations = [one for name in fault.operations for one in self.context.operations(name)]
        without_job = [one for one in operations if not one.about_one_job and not (one.creates and fault.takes_effect)]
        if JOB in names and without_job:
            operation = without_job[0]
            message, hint = f"`{operation.name}` is not about one job", "Leave it out, or choose another operation."
            if operation.creates:
                message = f"the answer replaces that of `{operation.name}`, which creates no job then"
                hint = "Add `handled: true`: the request takes effect, and its job has an id."
            self.diagnostics.add("SCN080", f"`{{job}}` has no value here: {message}", do_node, hint)

    def _check_against_vendor(self, fault: Fault) -> None:
        """Report a job that cannot exist (SCN053); else each operation that the fault can never affect (SCN068)."""
        job, known = self.node.get("job"), self.context.job_names
        if job is not None and known is not None and job.text not in known:
            # Any id of the vendor's form is allowed: a fault may be about a job that the client creates.
            kinds = [kind for era in self.context.eras for kind in era.kinds.values()]
            if not any(re.fullmatch(kind.id_pattern, job.text) for kind in kinds):
                hint = (
                    f"Jobs: {', '.join(sorted(known))}." if known else "A step's `as:` names the job that it creates."
                )
                message = f"no job has the name or id {truncate_value(job.text)!r}{did_you_mean(job.text, known)}"
                self.diagnostics.add("SCN053", message, job, hint)
                return
        self._check_placeholders(fault)
        for item in values.one_or_more(self.node.get("on")):
            operations = self.context.operations(item.text)
            if any(fault.applies_to(operation) for operation in operations):
                continue
            name = operations[0].name
            if fault.when.polls_only and not operations[0].polls:
                message, hint = f"`{name}` is not a poll", "`call` counts any operation."
            elif fault.job and not operations[0].about_one_job:
                message, hint = f"`{name}` is not about a single job", "Leave out `job`."
            elif any(effect.websockets_only for effect in fault.effects):
                opening = {one.name for era in self.context.eras for one in era.operations if one.opens_websocket}
                message, hint = (
                    f"`{name}` opens no websocket",
                    f"Those that do: {', '.join(sorted(opening)) or 'none'}.",
                )
            else:
                keyword = next(effect.keyword for effect in fault.effects if effect.reads_only)
                message = f"`{keyword}` affects reads, and `{name}` is not one"
                hint = "Name the operations that read: get, list."
            self.diagnostics.add("SCN068", f"{message}: the fault can never happen", item, hint)


def _expected_texts(node: Node | None) -> list[tuple[str, Any]]:
    """Return names with the expected text, or with the comparison."""
    entries = [] if node is None else node.entries
    return [(key.text, value.text if value.node_type == "scalar" else node_to_json(value)) for key, value in entries]


def _required_key(node: Node, name: str) -> Node:
    value = node.get(name)
    assert value is not None  # noqa: S101 -- the shape requires it
    return value
