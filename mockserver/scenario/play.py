"""The play: a client's requests in order, each with its instant, its job and what must come back.

Walking the steps once, it keeps what a reader keeps in mind: the time so far, the jobs that exist and their names, and
the names of what was kept of the answers.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from mockserver.core.instants import Duration, format_duration
from mockserver.errors import did_you_mean
from mockserver.scenario import lint, relative_times, values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.expectations import ExpectationCompiler
from mockserver.scenario.groups import check_outcomes, handling_order
from mockserver.scenario.job_names import InitialJobs, JobNames
from mockserver.scenario.lint import TimelinePart
from mockserver.scenario.model import ANY_OUTCOME, HttpCall, PlayStep, RelativeTime
from mockserver.scenario.nodes import Node, truncate_value
from mockserver.scenario.placeholders import BUILTIN_NAMES, names_in
from mockserver.scenario.relative_times import AwaitedState
from mockserver.scenario.steps import ACTIONS, EVERY_JOB, GROUP, SIBLINGS
from mockserver.scenario.webhooks import compile_expected_deliveries
from mockserver.vendors.api import Era, Operation

_TOGETHER: Final = GROUP[0].name
_SIBLING_KEYS: Final = frozenset(field.name for field in (*SIBLINGS, *GROUP[1:]))
_NON_OPERATIONS: Final = frozenset(field.name for field in (*ACTIONS, GROUP[0]))
_ALLOWED_SIBLINGS: Final[Mapping[str, frozenset[str]]] = {
    "call": frozenset({"at", "after", "job", "key", "times", "every", "expect", "keep", "timeout", "named"}),
    "move": frozenset({"at", "after", "job"}),
    "ledger": frozenset({"at", "after", "job"}),
    "deliveries": frozenset({"at", "after", "job"}),
    _TOGETHER: frozenset({"at", "after", "job", "order", "outcomes"}),
}
"""What may stand beside an action that is no operation of the vendor's."""
_NOT_IN_A_GROUP: Final = frozenset({"at", "after", "times", "every", *_NON_OPERATIONS} - {"call"})
_WITHOUT_PLACEHOLDERS: Final = frozenset({"keep", "as", "named", "move", "at", "order", _TOGETHER})
"""Keys whose texts are taken as they are: a word in braces stands for nothing there."""


class PlayCompiler:
    """Reads the steps of one play."""

    def __init__(self, era: Era, diagnostics: Diagnostics, initial: InitialJobs) -> None:
        self.era = era
        self.diagnostics = diagnostics
        self.job_names = JobNames(era, diagnostics, initial)
        self.expectations = ExpectationCompiler(era, diagnostics, initial.custom_statuses)
        self.placeholders: dict[str, None] = dict.fromkeys(BUILTIN_NAMES)
        """The words that may stand in braces by now."""
        self.awaited_states: list[AwaitedState] = []
        """The states that steps wait for: whether a job comes to them hangs on the whole scenario."""
        self.now: Duration = 0

    def compile_steps(self, node: Node | None) -> tuple[PlayStep, ...]:
        """Every step without a problem."""
        return () if node is None else tuple(step for item in node.items for step in self._compile_step(item))

    def _compile_step(self, node: Node) -> Iterator[PlayStep]:
        action = self._find_action(node)
        if action is None:
            return
        self._check_siblings(node, action[0].text)
        at = self._step_instant(node)
        together = node.get(_TOGETHER)
        step = self._compile_single(node, *action, at) if together is None else self._compile_group(node, together, at)
        if step is None or not self.diagnostics.is_clean(node):
            return
        self.placeholders.update((name, None) for one in (step, *step.together) for name, _ in one.keep)
        self.now = step.ends_at
        yield step

    def _compile_single(
        self, node: Node, key: Node, value: Node, at: Duration, group_job: Node | None = None
    ) -> PlayStep | None:
        """A step that does one thing; `whose` is the job of its group, which it means unless it says another."""
        operation = self.era.operation(key.text)
        picked = node.get("job") or (group_job if _can_target_job(key.text, operation) else None)
        kind = self._job_kind(node, picked, key, value, operation)
        moment = self._relative_time(node, picked, kind or self.era.main_kind.name)
        expect = self.expectations.compile(value if operation is not None else node.get("expect"), node.line, operation)
        self._check_placeholders(node)
        if not self.diagnostics.is_clean(node):
            return None
        if operation is not None and operation.creates:
            self.job_names.add_created(node.get("as"), operation, expect)
        does = {"operation": key.text} if operation is not None else _ACTION_COMPILERS[key.text](self, value, kind)
        return replace(
            self._with_siblings(node, at), job=values.as_text(picked), relative_time=moment, expect=expect, **does
        )

    def _with_siblings(self, node: Node, at: Duration) -> PlayStep:
        """A step with what stands beside its action."""
        times, timeout = node.get("times"), node.get("timeout")
        return PlayStep(
            at=at,
            line=node.line,
            column=node.column,
            job_name=values.as_text(node.get("as")),
            send=values.as_request_body(node.get("send")),
            query=values.as_pairs(node.get("query")),
            headers=values.as_pairs(node.get("headers")),
            key=values.as_text(node.get("key")),
            times=1 if times is None else int(times.value),
            every=values.as_duration(node.get("every"), self.diagnostics),
            from_start=node.get("at") is not None,
            keep=self._compile_keep(node.get("keep")),
            timeout=None if timeout is None else values.as_duration(timeout, self.diagnostics),
            request_name=values.as_text(node.get("named")),
        )

    def _compile_group(self, node: Node, listed: Node, at: Duration) -> PlayStep | None:
        """Several requests at once."""
        moment = self._relative_time(node, node.get("job"), self.era.main_kind.name)
        found = [member for item in listed.items for member in self._compile_member(item, at, node.get("job"))]
        order = handling_order(listed, node.get("order"), self.diagnostics)
        told = node.get("outcomes")
        outcomes = () if told is None else self.expectations.compile_all(told)
        self._check_placeholders(node)
        if told is not None and self.diagnostics.is_clean(listed):
            check_outcomes(told, len(outcomes), found, self.diagnostics)
        return PlayStep(
            at=at,
            line=node.line,
            column=node.column,
            job=values.as_text(node.get("job")),
            from_start=node.get("at") is not None,
            relative_time=moment,
            together=tuple(replace(member, expect=ANY_OUTCOME) for member in found) if outcomes else tuple(found),
            order=order,
            outcomes=outcomes,
        )

    def _compile_member(self, node: Node, at: Duration, group_job: Node | None) -> Iterator[PlayStep]:
        """One request of a group."""
        for key, value in node.entries:
            if key.text in _NOT_IN_A_GROUP:
                message = f"`{key.text}` has no place in a group: its requests are sent at one instant, once"
                self.diagnostics.add("SCN064", message, value, on_key=True)
        action = self._find_action(node) if self.diagnostics.is_clean(node) else None
        if action is not None:
            self._check_siblings(node, action[0].text, alone=False)
            member = self._compile_single(node, *action, at, group_job)
            yield from [] if member is None else [member]

    def _find_action(self, node: Node) -> tuple[Node, Node] | None:
        """The one thing that a step does: its key and value; None with the reason reported."""
        doing = [(key, value) for key, value in node.entries if key.text not in _SIBLING_KEYS]
        for key, value in doing:
            if key.text not in _NON_OPERATIONS and self.era.operation(key.text) is None:
                self._report_unknown_operation(key, value)
        if not self.diagnostics.is_clean(node):
            return None
        if len(doing) != 1:
            what = ", ".join(f"`{key.text}`" for key, _ in doing) or "nothing"
            message = f"a step does exactly one thing, this one does {what}"
            self.diagnostics.add("SCN057", message, node, "Write a step for each; `at` and `after` say when.")
            return None
        return doing[0]

    def _report_unknown_operation(self, key: Node, value: Node) -> None:
        known = [operation.name for operation in self.era.operations]
        close = did_you_mean(key.text, [*known, *sorted(_SIBLING_KEYS | _NON_OPERATIONS)])
        message = f"{self.era.vendor} has no operation {truncate_value(key.text)!r}{close}"
        self.diagnostics.add("SCN052", message, value, f"Operations: {', '.join(known)}.", on_key=True)

    def _check_siblings(self, node: Node, name: str, *, alone: bool = True) -> None:
        """Whether what stands beside the action has a meaning for it; `alone`: it is no request of a group."""
        for key, value in node.entries:
            if key.text in _SIBLING_KEYS and name in _ALLOWED_SIBLINGS and key.text not in _ALLOWED_SIBLINGS[name]:
                self.diagnostics.add("SCN064", f"`{key.text}` means nothing beside `{name}`", value, on_key=True)
            elif key.text == "named" and alone:
                self.diagnostics.add(
                    "SCN064", "`named` names a request of a group", value, "Did you mean `as`?", on_key=True
                )
        operation = self.era.operation(name)
        named, picked = node.get("as"), node.get("job")
        if operation is not None and named is not None and not operation.creates:
            self.diagnostics.add("SCN064", f"`as` names a created job, and `{name}` creates none", named, on_key=True)
        if operation is not None and picked is not None and not operation.about_one_job:
            self.diagnostics.add("SCN064", f"`{name}` is not about one job", picked, on_key=True)

    def _step_instant(self, node: Node) -> Duration:
        """The step's instant; without a time, or by its job's course, it is not before the step above."""
        at = node.get("at")
        if at is None or relative_times.is_relative_time(at):
            return self.now + values.as_duration(node.get("after"), self.diagnostics)
        instant = values.as_duration(at, self.diagnostics)
        if instant < self.now and self.diagnostics.is_clean(at):
            ends = format_duration(self.now)
            message = f"`at: {at.text}` lies before the step above it, which is done at {ends}"
            self.diagnostics.add(
                "SCN055", message, at, "`at` counts from the session's start, `after` from the step above."
            )
        return instant

    def _relative_time(self, node: Node, job: Node | None, kind: str) -> RelativeTime | None:
        """The instant that a job's course names; the job is the one picked, else the latest or only one of the kind."""
        at = node.get("at")
        if at is None or not relative_times.is_relative_time(at):
            return None
        found = relative_times.parse_relative_time(at, self.diagnostics)
        whose = (
            self.job_names.resolve_default(node, kind)
            if job is None
            else self.job_names.kind_by_name.get(job.text, kind)
        )
        lifecycle = self.era.kinds[whose].lifecycle if whose in self.era.kinds else None
        if lifecycle is not None and lint.check_states([TimelinePart(found.state, at)], lifecycle, self.diagnostics):
            self.awaited_states.append(AwaitedState(at, found.state, self.era.kinds[whose]))
        return found

    def _job_kind(self, node: Node, job: Node | None, key: Node, value: Node, operation: Operation | None) -> str:
        """The kind of the job that a step is about; empty where it is about none, or nobody can tell."""
        if operation is not None and not operation.about_one_job:
            return ""
        if key.text == "deliveries" and job is None:
            return ""
        if key.text == "ledger" and job is not None and job.text == EVERY_JOB:
            return ""
        if key.text == "call" and job is None and "{job}" not in values.as_text(value.get("path")):
            return ""
        if job is not None:
            return self.job_names.resolve(job, "" if operation is None else operation.kind)
        return self.job_names.resolve_default(node, self.era.main_kind.name if operation is None else operation.kind)

    def compile_call(self, node: Node, kind: str) -> dict[str, Any]:
        """What a `call` sends."""
        call = HttpCall(
            values.as_text(node.get("method")),
            values.as_text(node.get("path")),
            values.as_request_body(node.get("body")),
        )
        headers = values.as_pairs(node.get("headers"))
        return {"call": call, "query": values.as_pairs(node.get("query")), "headers": headers}

    def compile_move(self, node: Node, kind: str) -> dict[str, Any]:
        """The state to which a job is moved, one of its kind's."""
        if kind in self.era.kinds:
            lint.check_state(node, self.era.kinds[kind].lifecycle, self.diagnostics)
        return {"move": node.text}

    def compile_ledger(self, node: Node, kind: str) -> dict[str, Any]:
        """How many bookings there must be."""
        return {"ledger": values.as_json_value(node)}

    def compile_deliveries(self, node: Node, kind: str) -> dict[str, Any]:
        """What must have been delivered."""
        return {"deliveries": compile_expected_deliveries(node, self.era, self.diagnostics)}

    def _compile_keep(self, node: Node | None) -> tuple[tuple[str, str], ...]:
        """Names for values of the answer; none may be a word that has a meaning of its own."""
        for key, value in () if node is None else node.entries:
            if key.text in BUILTIN_NAMES:
                message = f"`{{{key.text}}}` has a meaning of its own"
                self.diagnostics.add("SCN081", message, value, "Keep the value by another name.", on_key=True)
        return values.as_pairs(node)

    def _check_placeholders(self, node: Node) -> None:
        """Whether every word in braces stands for something by now."""
        waiting = [value for key, value in node.entries if key.text not in _WITHOUT_PLACEHOLDERS]
        while waiting:
            value = waiting.pop()
            waiting += [*value.items, *(inner for _, inner in value.entries)]
            unknown = next((word for word in names_in(value.text) if word not in self.placeholders), None)
            if unknown is not None:
                shown = truncate_value(unknown)
                message = f"`{{{shown}}}` stands for nothing here{did_you_mean(unknown, self.placeholders)}"
                hint = f"Known: {', '.join(self.placeholders)}; `keep` adds more. For the braces themselves: `{{{{{shown}}}}}`."
                self.diagnostics.add("SCN080", message, value, hint)


_ACTION_COMPILERS: Final[Mapping[str, Callable[[PlayCompiler, Node, str], dict[str, Any]]]] = {
    "call": PlayCompiler.compile_call,
    "move": PlayCompiler.compile_move,
    "ledger": PlayCompiler.compile_ledger,
    "deliveries": PlayCompiler.compile_deliveries,
}
"""Of each action that is no operation of the vendor's: (its value, the kind of its job) -> the step's fields."""


def _can_target_job(name: str, operation: Operation | None) -> bool:
    """Whether an action can be about the job of its group."""
    return name == "call" if operation is None else operation.about_one_job
