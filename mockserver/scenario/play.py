"""The play: a client's requests in order, each with its instant, its job and its expected answer.

The compiler goes through the steps once and keeps what a reader keeps in mind: the time so far, the jobs that exist and
their names, and the placeholders that have a value by now.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Final

from mockserver.core.instants import Duration, format_duration
from mockserver.core.text import with_article
from mockserver.errors import closest_names, did_you_mean, nearest_names
from mockserver.scenario import lint, relative_times, values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.expectations import ExpectationCompiler
from mockserver.scenario.groups import check_outcomes, handling_order
from mockserver.scenario.job_names import InitialJobs, JobNames
from mockserver.scenario.lint import TimelinePart
from mockserver.scenario.nodes import Node, truncate_value
from mockserver.scenario.placeholders import BUILTIN_NAMES, names_in
from mockserver.scenario.play_model import ANY_OUTCOME, ExpectedAnswer, HttpCall, PlayStep, RelativeTime
from mockserver.scenario.relative_times import AwaitedState
from mockserver.scenario.steps import ACTIONS, EVERY_JOB, GROUP, SIBLINGS
from mockserver.scenario.webhooks import compile_expected_deliveries
from mockserver.vendors.api import BodyFormat, Era, Operation, Role

_TOGETHER: Final = GROUP[0].name
_SIBLING_KEYS: Final = frozenset(field.name for field in (*SIBLINGS, *GROUP[1:]))
_NON_OPERATIONS: Final = frozenset(field.name for field in (*ACTIONS, GROUP[0]))
_ALLOWED_SIBLINGS: Final[Mapping[str, frozenset[str]]] = {
    "call": frozenset({"at", "after", "job", "kind", "key", "times", "every", "expect", "keep", "timeout", "named"}),
    "move": frozenset({"at", "after", "job", "kind"}),
    "ledger": frozenset({"at", "after", "job", "kind"}),
    "deliveries": frozenset({"at", "after", "job"}),
    _TOGETHER: frozenset({"at", "after", "job", "kind", "order", "outcomes"}),
}
"""The keys allowed beside an action that is not an operation of the vendor."""
_NOT_IN_A_GROUP: Final = frozenset({"at", "after", "times", "every", *_NON_OPERATIONS} - {"call"})
_ROLES: Final[Mapping[str, Role]] = {role.value: role for role in Role} | {"get": Role.READ}
"""What other vendors call the operation of a role."""
_WAITING_WORDS: Final = ("wait", "sleep", "pause", "delay")
"""What other tools call a step that only waits."""
_WITHOUT_PLACEHOLDERS: Final = frozenset({"keep", "as", "named", "kind", "move", "at", "order", "sent_as", _TOGETHER})
"""Keys whose texts have no placeholders."""


class PlayCompiler:
    """Compiles the steps of one play."""

    def __init__(self, era: Era, diagnostics: Diagnostics, initial: InitialJobs) -> None:
        self.era = era
        self.diagnostics = diagnostics
        self.job_names = JobNames(era, diagnostics, initial)
        self.expectations = ExpectationCompiler(era, diagnostics, initial.custom_statuses)
        self.placeholders: dict[str, None] = dict.fromkeys(BUILTIN_NAMES)
        """The placeholders that have a value by now; a dict for its order."""
        self.awaited_states: list[AwaitedState] = []
        """The states that steps wait for, to be checked last: what a job reaches depends on the whole scenario."""
        self.requests: list[tuple[Node, PlayStep]] = []
        """Every step of one request, those of groups too, and where it stands."""
        self.now: Duration = 0

    def compile_steps(self, node: Node | None) -> tuple[PlayStep, ...]:
        """Compile the steps; returns those without a problem."""
        steps: list[PlayStep] = []
        for item in values.items_of(node):
            action = self._find_action(item)
            if action is None:
                self._pass_over(item)
                continue
            key, value = action
            self._check_siblings(item, key.text)
            at = self._step_instant(item)
            together = item.get(_TOGETHER)
            if together is None:
                step = self._compile_single(item, key, value, at)
            else:
                step = self._compile_group(item, together, at)
            if step is None or not self.diagnostics.is_clean(item):
                self._pass_over(item)
                continue
            # What later steps may refer to changes only now: no request of a group sees what another one keeps.
            self.placeholders.update((name, None) for one in (step, *step.together) for name, _ in one.keep)
            self.now = step.ends_at
            steps.append(step)
            if together is None:
                self.requests.append((item, step))
            else:
                self.requests += zip(together.items, step.together, strict=True)
        return tuple(steps)

    def _pass_over(self, node: Node) -> None:
        """Let later steps come after a step with a problem, unless its own time has one, and use what it would make."""
        for step in (node, *values.items_of(node.get(_TOGETHER))):
            for key, _ in step.entries:
                operation = self._meant(key.text)
                if operation is not None and operation.creates:
                    self.job_names.assume(step.get("as"), operation.kind)
            self.placeholders.update((key.text, None) for key, _ in getattr(step.get("keep"), "entries", ()))
        if all(map(self.diagnostics.is_clean, filter(None, (node.get("at"), node.get("after"))))):
            self.now = max(self.now, self._step_instant(node))

    def _compile_single(
        self, node: Node, key: Node, value: Node, at: Duration, group_job: Node | None = None
    ) -> PlayStep | None:
        """Compile a step that does one thing; `group_job` is the job of its group, which it uses if it has none."""
        operation = self.era.operation(key.text)
        job = node.get("job")
        if job is None and (key.text == "call" if operation is None else operation.about_one_job):
            job = group_job
        kind = self._job_kind(node, job, key, value, operation)
        relative_time = self._relative_time(node, job, kind or self._kind_without_operation(node))
        expect_node = node.get("expect") if operation is None else value
        expect = self.expectations.compile(expect_node, node.line, operation)
        self._check_placeholders(node)
        if not self.diagnostics.is_clean(node):
            return None
        if operation is not None and operation.creates:
            self.job_names.add_created(node.get("as"), operation, expect)
        step = self._step_with_siblings(node, at)
        step = replace(step, job=values.as_optional_text(job), relative_time=relative_time, expect=expect)
        step = replace(step, kind=values.as_text(node.get("kind")))
        if operation is not None:
            return replace(step, operation=operation.name)
        return self._with_action(step, key.text, value, kind)

    def _step_with_siblings(self, node: Node, at: Duration) -> PlayStep:
        """Build a step from the keys beside its action."""
        timeout, keep = node.get("timeout"), node.get("keep")
        for key, value in [] if keep is None else keep.entries:
            if key.text in BUILTIN_NAMES:
                message = f"`{{{key.text}}}` is reserved"
                self.diagnostics.add("SCN081", message, value, "Keep the value under another name.", on_key=True)
        return PlayStep(
            at=at,
            line=node.line,
            column=node.column,
            job_name=values.as_optional_text(node.get("as")),
            send=values.as_request_body(node.get("send")),
            sent_as=_sent_format(node),
            query=values.as_pairs(node.get("query")),
            headers=values.as_pairs(node.get("headers")),
            key=values.as_optional_text(node.get("key")),
            times=values.as_int(node.get("times"), 1),
            every=values.as_duration(node.get("every"), self.diagnostics),
            from_start=node.get("at") is not None,
            keep=values.as_pairs(keep),
            timeout=None if timeout is None else values.as_duration(timeout, self.diagnostics),
            request_name=values.as_optional_text(node.get("named")),
        )

    def _compile_group(self, node: Node, listed: Node, at: Duration) -> PlayStep | None:
        """Compile several requests that are sent at once."""
        relative_time = self._relative_time(node, node.get("job"), self._kind_without_operation(node))
        compiled = [self._compile_member(item, at, node.get("job")) for item in listed.items]
        members = [member for member in compiled if member is not None]
        order = handling_order(listed, node.get("order"), self.diagnostics)
        outcomes_node = node.get("outcomes")
        outcomes: tuple[ExpectedAnswer, ...] = ()
        if outcomes_node is not None:
            outcomes = self.expectations.compile_all(outcomes_node)
        self._check_placeholders(node)
        if outcomes_node is not None and self.diagnostics.is_clean(listed):
            check_outcomes(outcomes_node, len(outcomes), members, self.diagnostics)
        if outcomes:
            members = [replace(member, expect=ANY_OUTCOME) for member in members]
        return PlayStep(
            at=at,
            line=node.line,
            column=node.column,
            job=values.as_optional_text(node.get("job")),
            from_start=node.get("at") is not None,
            relative_time=relative_time,
            kind=values.as_text(node.get("kind")),
            together=tuple(members),
            order=order,
            outcomes=outcomes,
        )

    def _compile_member(self, node: Node, at: Duration, group_job: Node | None) -> PlayStep | None:
        """Compile one request of a group."""
        for key, value in node.entries:
            if key.text in _NOT_IN_A_GROUP:
                message = f"`{key.text}` is not allowed in a group, whose requests are sent at one instant, once"
                self.diagnostics.add("SCN064", message, value, on_key=True)
        if not self.diagnostics.is_clean(node):
            return None
        action = self._find_action(node)
        if action is None:
            return None
        key, value = action
        self._check_siblings(node, key.text, in_group=True)
        return self._compile_single(node, key, value, at, group_job)

    def _meant(self, word: str) -> Operation | None:
        """Return the operation that a key names, or is likely to mean: by its role, or by nearly that name."""
        role, near = _ROLES.get(word.lower()), closest_names(word, [each.name for each in self.era.operations])
        of_main_kind = [each for each in self.era.operations if each.kind == self.era.main_kind.name]
        named = filter(None, map(self.era.operation, (word, *near)))
        by_role = (each for each in of_main_kind if each.role is role)
        return self.era.operation(word) or next(chain(by_role, named), None)

    def _find_action(self, node: Node) -> tuple[Node, Node] | None:
        """Return key and value of the one thing that a step does; None where it does not do exactly one (reported)."""
        actions = [(key, value) for key, value in node.entries if key.text not in _SIBLING_KEYS]
        for key, value in actions:
            if key.text not in _NON_OPERATIONS and self.era.operation(key.text) is None:
                known = [operation.name for operation in self.era.operations]
                close = did_you_mean(key.text, [*known, *sorted(_SIBLING_KEYS | _NON_OPERATIONS)])
                if key.text.lower() in _ROLES and (meant := self._meant(key.text)) is not None:
                    close = f" (did you mean {meant.name!r}?)"
                message = f"{self.era.vendor} has no operation {truncate_value(key.text)!r}{close}"
                hint = f"Operations: {nearest_names(key.text, known)}."
                if key.text in _WAITING_WORDS:
                    hint = f"To wait, write `after: {value.text or '5s'}` in the next step."
                # What stands behind it was taken for an expected answer.
                self.diagnostics.forget(value)
                self.diagnostics.add("SCN052", message, value, hint, on_key=True)
        if not self.diagnostics.is_clean(node):
            return None
        if len(actions) != 1:
            names = ", ".join(f"`{key.text}`" for key, _ in actions) or "nothing"
            message = f"a step does exactly one thing, and this one does {names}"
            self.diagnostics.add("SCN057", message, node, "Write a step for each; `at` and `after` set its time.")
            return None
        return actions[0]

    def _check_siblings(self, node: Node, action: str, *, in_group: bool = False) -> None:
        """Report keys that have no meaning beside the action (SCN064)."""
        for key, value in node.entries:
            allowed = _ALLOWED_SIBLINGS.get(action, _SIBLING_KEYS)
            if key.text in _SIBLING_KEYS and key.text not in allowed:
                self.diagnostics.add("SCN064", f"`{key.text}` has no meaning beside `{action}`", value, on_key=True)
            elif key.text == "named" and not in_group:
                message = "`named` names a request of a group"
                self.diagnostics.add("SCN064", message, value, "Did you mean `as`?", on_key=True)
        operation = self.era.operation(action)
        if operation is None:
            return
        created_name, job = node.get("as"), node.get("job")
        if created_name is not None and not operation.creates:
            message = f"`as` names a created job, and `{action}` creates none"
            self.diagnostics.add("SCN064", message, created_name, on_key=True)
        if job is not None and not operation.about_one_job:
            self.diagnostics.add("SCN064", f"`{action}` is not about one job", job, on_key=True)
        kind = node.get("kind")
        if kind is not None:
            message = f"`{action}` is about {with_article(operation.kind)} in any case"
            self.diagnostics.add("SCN064", message, kind, "Leave `kind` out.", on_key=True)

    def _step_instant(self, node: Node) -> Duration:
        """Return the step's instant; without `at`, or with a relative one, it is the earliest that is possible."""
        at = node.get("at")
        if at is None or relative_times.is_relative_time(at):
            return self.now + values.as_duration(node.get("after"), self.diagnostics)
        instant = values.as_duration(at, self.diagnostics)
        if instant < self.now and self.diagnostics.is_clean(at):
            message = f"`at: {at.text}` is earlier than the step above it, which ends at {format_duration(self.now)}"
            hint = "`at` counts from the session's start, `after` from the step above."
            self.diagnostics.add("SCN055", message, at, hint)
        return instant

    def _relative_time(self, node: Node, job: Node | None, kind: str) -> RelativeTime | None:
        """Compile a relative `at`; its job is the step's, else the latest created or the only one of the kind."""
        at = node.get("at")
        if at is None or not relative_times.is_relative_time(at):
            return None
        relative_time = relative_times.parse_relative_time(at, self.diagnostics)
        if job is None:
            name = self.job_names.resolve_default(node, kind)
        else:
            name = self.job_names.kind_by_name.get(job.text, kind)
        job_kind = self.era.kinds.get(name)
        if job_kind is not None:
            part = TimelinePart(relative_time.state, at)
            if lint.check_states([part], job_kind.lifecycle, self.diagnostics):
                self.awaited_states.append(AwaitedState(at, relative_time.state, job_kind))
        return relative_time

    def _kind_without_operation(self, node: Node) -> str:
        """Return the kind of job that a step is about where no operation says it: the named one, or the main kind."""
        found = lint.find_kind(node.get("kind"), self.era, self.diagnostics)
        return "" if found is None else found.name

    def _job_kind(self, node: Node, job: Node | None, key: Node, value: Node, operation: Operation | None) -> str:
        """Return the kind of the job that a step is about; "" where it is about none, or the kind is not known."""
        if operation is not None and not operation.about_one_job:
            return ""
        if key.text == "deliveries" and job is None:
            return ""
        if key.text == "ledger" and job is not None and job.text == EVERY_JOB:
            return ""
        if key.text == "call" and job is None and "{job}" not in values.as_text(value.get("path")):
            return ""
        expected = self._kind_without_operation(node) if operation is None else operation.kind
        if not expected:
            return ""
        if job is None:
            return self.job_names.resolve_default(node, expected)
        return self.job_names.resolve(job, "" if operation is None else expected)

    def _with_action(self, step: PlayStep, action: str, node: Node, kind: str) -> PlayStep:
        """Return the step with an action that is not an operation of the vendor; `kind` is that of its job."""
        match action:
            case "call":
                call = HttpCall(
                    values.as_text(node.get("method"), "GET"),
                    values.as_text(node.get("path")),
                    values.as_request_body(node.get("body")),
                    _sent_format(node) or BodyFormat.JSON,
                )
                headers = values.as_pairs(node.get("headers"))
                return replace(step, call=call, query=values.as_pairs(node.get("query")), headers=headers)
            case "move":
                if kind in self.era.kinds:
                    lint.check_state(node, self.era.kinds[kind].lifecycle, self.diagnostics)
                return replace(step, move=node.text)
            case "ledger":
                return replace(step, ledger=values.as_json_value(node))
        return replace(step, deliveries=compile_expected_deliveries(node, self.era, self.diagnostics))

    def _check_placeholders(self, node: Node) -> None:
        """Report placeholders that have no value by now (SCN080)."""
        searched = (value for key, value in node.entries if key.text not in _WITHOUT_PLACEHOLDERS)
        for value in (inner for each in searched for inner in each.walk()):
            unknown = next((word for word in names_in(value.text) if word not in self.placeholders), None)
            if unknown is not None:
                shown = truncate_value(unknown)
                message = f"`{{{shown}}}` has no value here{did_you_mean(unknown, self.placeholders)}"
                known = ", ".join(self.placeholders)
                hint = f"Known: {known}; `keep` adds more. For the braces themselves: `{{{{{shown}}}}}`."
                self.diagnostics.add("SCN080", message, value, hint)


def _sent_format(node: Node) -> BodyFormat | None:
    """Return the format that `sent_as` names in a step or in a call."""
    named = node.get("sent_as")
    return None if named is None else BodyFormat(named.text)
