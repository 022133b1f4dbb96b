"""The semantic half of the checks: a well-formed scenario held against its vendor's tables.

It knows what the tables of an era say (states, arrows, what a cancel meets) and nothing about bodies: whether a body
keeps the contract is for the contract to say. Each check takes what it judges and the report; nothing is raised here.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from mockserver.core.instants import parse_instant
from mockserver.core.lifecycle import Lifecycle, Trigger
from mockserver.core.timeline import Timeline
from mockserver.errors import did_you_mean
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.language import MAX_ITEMS
from mockserver.scenario.nodes import Node, truncate_value
from mockserver.vendors.api import Accept, Era, JobKind, Vendor
from mockserver.vendors.planner import cancellable_states, default_cancel_timeline
from mockserver.vendors.script import CancelScript, Script

_TRIGGER_TEXTS = {Trigger.CANCEL: "by a cancel", Trigger.DEADLINE: "by the vendor's deadline"}


class TimelinePart(NamedTuple):
    """One state of a timeline, as the file has it."""

    state: str
    node: Node
    """The state's scalar, or the value beside it."""
    stay: Node | None = None
    details: Node | None = None
    """The mapping with `for`, `progress` and `fields`."""

    def report_problem(self, diagnostics: Diagnostics, code: str, message: str, hint: str = "") -> None:
        """Report a problem at the state's name."""
        diagnostics.add(code, message, self.node, hint, on_key=self.stay is not None or self.details is not None)


def timeline_parts(node: Node) -> list[TimelinePart]:
    """The states of a timeline, of `state: stay` pairs, or of a single state."""
    if node.node_type == "scalar":
        return [TimelinePart(node.text, node)]
    if node.node_type == "sequence":
        return [part for item in node.items for part in timeline_parts(item)]
    return [
        TimelinePart(key.text, value, value)
        if value.node_type == "scalar"
        else TimelinePart(key.text, value, value.get("for"), value)
        for key, value in node.entries
    ]


def find_era(node: Node | None, vendors: Mapping[str, Vendor], diagnostics: Diagnostics) -> Era | None:
    """The era that `vendor:` names, or None with the reason reported."""
    if node is None or not diagnostics.is_clean(node):
        return None
    name, _, date = node.text.partition("@")
    if name not in vendors:
        message = f"there is no vendor {truncate_value(name)!r}{did_you_mean(name, vendors)}"
        diagnostics.add("SCN040", message, node, f"Vendors: {', '.join(vendors) or 'none'}.")
        return None
    if date and parse_instant(f"{date}T00:00:00Z") is None:
        diagnostics.add("SCN065", f"no calendar has `{date}`", node)
        return None
    era = vendors[name].era(date)
    if era is None:
        eras = ", ".join(era.date for era in vendors[name].eras)
        diagnostics.add("SCN041", f"{name} had no such API on {date}", node, f"Its eras began on {eras}.")
    return era


def check_states(parts: Iterable[TimelinePart], lifecycle: Lifecycle, diagnostics: Diagnostics) -> bool:
    """Whether every state of a course is one of the lifecycle's."""
    known = True
    for part in parts:
        if part.state not in lifecycle.states:
            part.report_problem(
                diagnostics,
                "SCN043",
                _unknown_state_message(part.state, lifecycle.kind, lifecycle.states),
                _states_hint(lifecycle),
            )
            known = False
    return known


def check_state(node: Node, lifecycle: Lifecycle, diagnostics: Diagnostics) -> bool:
    """Whether a scalar names a state of the lifecycle."""
    return check_states([TimelinePart(node.text, node)], lifecycle, diagnostics)


def _unknown_state_message(name: str, kind: str, states: Collection[str]) -> str:
    return f"a {kind} has no state {truncate_value(name)!r}{did_you_mean(name, states)}"


def _states_hint(lifecycle: Lifecycle) -> str:
    return f"States: {', '.join(lifecycle.states)}."


def check_order(parts: list[TimelinePart], lifecycle: Lifecycle, diagnostics: Diagnostics) -> None:
    """Whether time can lead from each state of a course to the next, and whether the stays are where they belong."""
    for before, after in pairwise(parts):
        if before.state in lifecycle.terminal:
            message = f"nothing can follow `{before.state}`, which is terminal: `{after.state}` is unreachable"
            after.report_problem(diagnostics, "SCN045", message)
            return
        if not lifecycle.allows(before.state, after.state, Trigger.TIME):
            otherwise = _other_triggers(before.state, after.state, lifecycle)
            message = f"`{after.state}` cannot follow `{before.state}`{otherwise}"
            after.report_problem(diagnostics, "SCN044", message, _next_states_hint(before.state, lifecycle))
        if before.stay is None:
            hint = f"Write `- {before.state}: 30s`, or `3 polls`, or `manual`."
            before.report_problem(
                diagnostics, "SCN047", f"`{before.state}` needs a stay, as `{after.state}` follows it", hint
            )
    last = parts[-1]
    if last.stay is not None:
        message = f"`{last.state}` is the last state and has a stay, though nothing follows it"
        hint = f"Write `{last.state}` without a stay, or say what follows it."
        diagnostics.add("SCN046", message, last.stay, hint)


def check_batch_states(parts: Iterable[TimelinePart], kind: JobKind, diagnostics: Diagnostics) -> None:
    """Whether a batch's timeline keeps to the states that its items' own work makes."""
    if kind.batch is None:
        return
    made = (kind.batch.waiting, kind.batch.working, kind.batch.done)
    for part in parts:
        if part.state not in made:
            message = f"a {kind.name}'s state derives from its items, and their work never makes it `{part.state}`"
            hint = f"Write {', '.join(made)}; a cancel, the deadline (`age:`) or a `move` leads to the others."
            part.report_problem(diagnostics, "SCN067", message, hint)


def _other_triggers(source: str, target: str, lifecycle: Lifecycle) -> str:
    """By what else than time a move is possible, for a message."""
    ways = [_TRIGGER_TEXTS[trigger] for trigger in _TRIGGER_TEXTS if lifecycle.allows(source, target, trigger)]
    return f" by its own work, only {' or '.join(ways)}" if ways else ""


def _next_states_hint(source: str, lifecycle: Lifecycle) -> str:
    following = [target for target in lifecycle.next_states(source) if lifecycle.allows(source, target, Trigger.TIME)]
    return f"After `{source}`: {', '.join(following) or 'nothing'}."


def check_job_id(node: Node, kind: JobKind, diagnostics: Diagnostics) -> None:
    """Whether a seeded job's id is one that the vendor could have given."""
    if not re.fullmatch(kind.id_pattern, node.text):
        message = f"{truncate_value(node.text)!r} is no id of a {kind.name}"
        diagnostics.add(
            "SCN048", message, node, f"Ids match `{kind.id_pattern}`, such as {kind.new_id('example', 1, 0)}."
        )


def check_item_count(node: Node, counts: Iterable[int], diagnostics: Diagnostics) -> None:
    """Whether a batch stays playable."""
    total = sum(counts)
    if total > MAX_ITEMS:
        diagnostics.add("SCN066", f"{total} items are more than {MAX_ITEMS}", node)


def check_outcome(node: Node, kind: JobKind, diagnostics: Diagnostics) -> None:
    """Whether an item can end in that state by its own work."""
    if kind.batch is None or not check_state(node, kind.batch.item, diagnostics):
        return
    item = kind.batch.item
    ends = [name for name in item.states if name in item.terminal and item.allows(kind.batch.busy, name, Trigger.TIME)]
    if node.text not in ends:
        message = f"an item's work cannot end in `{node.text}`"
        diagnostics.add("SCN051", message, node, f"It can end in {', '.join(ends)}.")


def all_states(kind: JobKind) -> tuple[str, ...]:
    """The states of a kind of job and of its items."""
    return (*kind.lifecycle.states, *(kind.batch.item.states if kind.batch is not None else ()))


def reachable_states(kind: JobKind, script: Script, moves: Iterable[str]) -> frozenset[str]:
    """The states that some job of the era's main kind can be in while the scenario is played."""
    if kind.batch is not None:
        return frozenset(kind.lifecycle.states)
    seeded = [job.timeline for job in script.jobs if job.timeline and job.kind in ("", kind.name)]
    courses: list[Timeline] = [*seeded, *(course.timeline for course in script.timeline_rules)]
    if all(course.match is not None for course in script.timeline_rules):
        courses.append(kind.timeline)
    if script.cancel is not None and script.cancel.follow is not None:
        courses.append(script.cancel.follow)
    deadlines = (deadline.state for deadline in kind.deadlines)
    return frozenset([*(step.state for course in courses for step in course), *moves, *deadlines])


def check_cancel_sources(
    nodes: Iterable[Node], kind: JobKind, reachable: frozenset[str] | None, diagnostics: Diagnostics
) -> None:
    """Whether a cancel can be accepted in the states that `from` lists; `lived` is None where nobody can tell."""
    lifecycle = kind.lifecycle
    for node in nodes:
        if not check_state(node, lifecycle, diagnostics):
            continue
        if node.text in lifecycle.terminal:
            message = f"`{node.text}` is terminal: there is nothing left to cancel"
            diagnostics.add("SCN060", message, node, "Leave it out; `refuse` answers the cancels that come too late.")
        elif reachable is not None and node.text not in reachable:
            message = f"no job of this scenario is ever in `{node.text}`"
            there = ", ".join(name for name in lifecycle.states if name in reachable)
            diagnostics.add("SCN061", message, node, f"They can be in {there}.")


def check_cancel_timeline(
    node: Node, kind: JobKind, script: CancelScript, reachable: frozenset[str], diagnostics: Diagnostics
) -> None:
    """Whether what follows an accepted cancel is what a cancel may lead to, from each state it may find."""
    lifecycle = kind.lifecycle
    if script.race:
        return
    own = {name: verdict.follow for name, verdict in kind.cancel_table.items() if isinstance(verdict, Accept)}
    fallback = next(iter(own.values()), ()) or default_cancel_timeline(kind)
    for source in (name for name in lifecycle.states if name in cancellable_states(kind, script) & reachable):
        follow = script.follow or own.get(source, fallback)
        if follow and not lifecycle.allows(source, follow[0].state, Trigger.CANCEL):
            allowed = [name for name in lifecycle.next_states(source) if lifecycle.allows(source, name, Trigger.CANCEL)]
            message = f"a cancel cannot lead from `{source}` to `{follow[0].state}`"
            diagnostics.add(
                "SCN063", message, node, f"From `{source}` it can lead to {', '.join(allowed) or 'nothing'}."
            )
            return


def check_cancel_outcomes(
    node: Node, kind: JobKind, script: CancelScript, reachable: frozenset[str], diagnostics: Diagnostics
) -> None:
    """Whether a cancel meets an answer in every state that a job can be in."""
    if script.refusal is not None or not kind.cancel_table:
        return
    left = reachable - cancellable_states(kind, script) - kind.lifecycle.terminal
    open_ended = [name for name in kind.lifecycle.states if name in left and _has_no_refusal(kind, name)]
    if open_ended:
        message = f"a cancel has no outcome in {', '.join(f'`{name}`' for name in open_ended)}"
        diagnostics.add("SCN062", message, node, "Add it to `from`, or say what is answered: `refuse: {status: 409}`.")


def _has_no_refusal(kind: JobKind, name: str) -> bool:
    """Whether the vendor's table has no refusal to fall back on."""
    return name not in kind.cancel_table or isinstance(kind.cancel_table[name], Accept)
