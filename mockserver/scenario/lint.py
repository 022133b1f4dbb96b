"""The semantic half of the checks: a well-formed scenario is checked against its vendor's tables.

It knows the tables of an era (states, transitions, cancel decisions) and nothing about bodies: the contract decides
whether a body conforms. Each check takes nodes and the diagnostics that it reports to; nothing is raised here.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from mockserver.core.instants import parse_instant
from mockserver.core.lifecycle import Lifecycle, Trigger
from mockserver.core.subset import contains
from mockserver.core.text import with_article
from mockserver.core.timeline import EMPTY_MAPPING, Timeline
from mockserver.errors import did_you_mean
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.language import MAX_ITEMS
from mockserver.scenario.nodes import Node, truncate_value
from mockserver.vendors.api import Accept, Era, JobKind, Vendor
from mockserver.vendors.planner import cancellable_states, default_cancel_timeline
from mockserver.vendors.script import CancelScript, Script, TimelineRule

_TRIGGER_TEXTS = {Trigger.CANCEL: "by a cancel", Trigger.DEADLINE: "by the vendor's deadline"}


class TimelinePart(NamedTuple):
    """One state of a timeline as the file has it: not yet a `TimelineStep`, so that problems have a node."""

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
    """Return the states of a timeline, of `state: stay` pairs, or of a single state."""
    if node.node_type == "scalar":
        return [TimelinePart(node.text, node)]
    if node.node_type == "sequence":
        return [part for item in node.items for part in timeline_parts(item)]
    parts: list[TimelinePart] = []
    for key, value in node.entries:
        if value.node_type == "scalar":
            parts.append(TimelinePart(key.text, value, stay=value))
        else:
            parts.append(TimelinePart(key.text, value, stay=value.get("for"), details=value))
    return parts


def find_era(node: Node | None, vendors: Mapping[str, Vendor], diagnostics: Diagnostics) -> Era | None:
    """Return the era that `vendor:` names; None where it names none (SCN040, SCN041, SCN065)."""
    if node is None or not diagnostics.is_clean(node):
        return None
    name, _, date = node.text.partition("@")
    if name not in vendors:
        message = f"no vendor {truncate_value(name)!r}{did_you_mean(name, vendors)}"
        diagnostics.add("SCN040", message, node, f"Vendors: {', '.join(vendors) or 'none'}.")
        return None
    if date and parse_instant(f"{date}T00:00:00Z") is None:
        diagnostics.add("SCN065", f"`{date}` is not a date", node)
        return None
    era = vendors[name].era(date)
    if era is None:
        eras = ", ".join(era.date for era in vendors[name].eras)
        diagnostics.add("SCN041", f"{name} has no era as early as {date}", node, f"Its eras begin on {eras}.")
    return era


def find_kind(node: Node | None, era: Era, diagnostics: Diagnostics) -> JobKind | None:
    """Return the kind that a `kind:` names, the main one where it is absent; None where there is none (SCN042)."""
    if node is None:
        return era.main_kind
    kind = era.kinds.get(node.text)
    if kind is None and diagnostics.is_clean(node):
        shown = truncate_value(node.text)
        message = f"{era.vendor} has no jobs of the kind {shown!r}{did_you_mean(node.text, era.kinds)}"
        diagnostics.add("SCN042", message, node, f"Kinds: {', '.join(era.kinds)}.")
    return kind


def check_states(
    parts: Iterable[TimelinePart],
    lifecycle: Lifecycle,
    diagnostics: Diagnostics,
    kinds: Mapping[str, JobKind] = EMPTY_MAPPING,
) -> bool:
    """Report states that the lifecycle does not have (SCN043); returns whether all are known.

    `kinds` are those that a `kind:` could name instead.
    """
    known = True
    for part in parts:
        if part.state not in lifecycle.states:
            shown = truncate_value(part.state)
            kind = with_article(lifecycle.kind)
            owner = next((other.name for other in kinds.values() if part.state in other.lifecycle.states), None)
            message = f"{kind} has no state {shown!r}"
            hint = f"States: {', '.join(lifecycle.states)}."
            name, _, stay = part.state.partition(" ")
            if name in lifecycle.states:
                hint = f"Write `{name}: {stay}`, with a colon."
            if owner is None:
                message += did_you_mean(part.state, lifecycle.states)
            else:
                owner_text = with_article(owner).capitalize()
                hint = f"{owner_text} has: write `kind: {owner}` in `cancel`, or beside a `timeline`."
            part.report_problem(diagnostics, "SCN043", message, hint)
            known = False
    return known


def check_state(node: Node, lifecycle: Lifecycle, diagnostics: Diagnostics) -> bool:
    """Report a scalar that names no state of the lifecycle (SCN043); returns whether it does."""
    return check_states([TimelinePart(node.text, node)], lifecycle, diagnostics)


def check_order(parts: list[TimelinePart], lifecycle: Lifecycle, diagnostics: Diagnostics) -> None:
    """Report states that time cannot lead to, and stays that are missing or have no meaning (SCN044 to SCN047).

    Nothing is said of how a state that the lifecycle does not have comes about or goes on.
    """
    allows = lifecycle.allows
    for before, after in pairwise(parts):
        if before.state not in lifecycle.states:
            continue
        is_known = after.state in lifecycle.states
        if before.state in lifecycle.terminal:
            if is_known:
                message = f"`{before.state}` is terminal: `{after.state}` can never follow it"
                after.report_problem(diagnostics, "SCN045", message)
            # Every later state follows a terminal one too: one message is enough.
            return
        if is_known and not allows(before.state, after.state, Trigger.TIME):
            message = f"`{after.state}` cannot follow `{before.state}`"
            others = [text for trigger, text in _TRIGGER_TEXTS.items() if allows(before.state, after.state, trigger)]
            if others:
                message += f" by the job's own work, only {' or '.join(others)}"
            following = ", ".join(lifecycle.next_states(before.state, Trigger.TIME))
            hint = f"After `{before.state}`: {following or 'nothing'}."
            after.report_problem(diagnostics, "SCN044", message, hint)
        if before.stay is None:
            hint = f"Write `- {before.state}: 30s`, or `3 polls`, or `manual`."
            message = f"`{before.state}` needs a stay, because `{after.state}` follows it"
            before.report_problem(diagnostics, "SCN047", message, hint)
    last = parts[-1]
    if last.stay is not None:
        message = f"`{last.state}` has a stay, but is the last state"
        hint = f"Write `{last.state}` without a stay, or add the state that follows it."
        diagnostics.add("SCN046", message, last.stay, hint)


def check_shown_statuses(parts: Iterable[TimelinePart], lifecycle: Lifecycle, diagnostics: Diagnostics) -> None:
    """Report states whose `fields` show the status of another state (SCN074)."""
    for part in parts:
        shown = None if part.details is None else part.details.get("fields")
        if shown is not None:
            _check_shown_status(shown, lifecycle, part.state, diagnostics)


def check_constant_status(fields: Node | None, kind: JobKind, diagnostics: Diagnostics) -> None:
    """Report `fields` of whole jobs that show the status of one state in every state (SCN074)."""
    if fields is not None:
        _check_shown_status(fields, kind.lifecycle, None, diagnostics)


def _check_shown_status(fields: Node, lifecycle: Lifecycle, state: str | None, diagnostics: Diagnostics) -> None:
    # A status that is no state of the vendor contradicts none: clients must survive new ones.
    status = fields.get("status")
    if status is None or status.text == state or status.text not in lifecycle.states:
        return
    where = "in every state" if state is None else f"in `{state}`"
    message = f"`fields` shows the status of `{status.text}` {where}: the job's state contradicts it"
    hint = f"Let the timeline lead to `{status.text}`, or falsify answers with the fault `corrupt: {{/status: ...}}`."
    diagnostics.add("SCN074", message, status, hint)


def check_timeline_rule(
    node: Node, rule: TimelineRule, earlier: Iterable[TimelineRule], main: JobKind, diagnostics: Diagnostics
) -> None:
    """Report an entry of `timelines` that selects nothing (SCN021), or that an earlier one always precedes (SCN069)."""
    if rule.is_default and rule.kind == main.name:
        hint = "`match` selects by the create request, `call` by its number; `timeline` beside `timelines` is for all."
        diagnostics.add("SCN021", "the key `match` or `call` is missing", node, hint)
    for other in (one for one in earlier if one.kind == rule.kind):
        covers_body = other.match is None or (rule.match is not None and contains(rule.match, other.match))
        # The n-th create of one body is another one than the n-th of a wider selection: only equal ones compare.
        covers_calls = not other.calls or (rule.match == other.match and bool(rule.calls) and rule.calls <= other.calls)
        if covers_body and covers_calls:
            message = "this timeline is never used: an earlier entry applies to each of its creates"
            diagnostics.add("SCN069", message, node, "Put the narrower entry first, or remove one of the two.")
            return


def check_batch_states(parts: Iterable[TimelinePart], kind: JobKind, diagnostics: Diagnostics) -> None:
    """Report states of a batch's timeline that its items' own work never brings about (SCN067)."""
    if kind.batch is None:
        return
    rules = kind.batch
    named = (rules.waiting, rules.working, rules.closing, rules.done, rules.failed)
    made = tuple(dict.fromkeys(state for state in named if state))
    for part in parts:
        if part.state not in made:
            message = (
                f"{with_article(kind.name)}'s state derives from its items, whose work never makes it `{part.state}`"
            )
            hint = f"Write {', '.join(made)}; a cancel, the deadline (`age:`) or a `move` leads to the others."
            part.report_problem(diagnostics, "SCN067", message, hint)


def check_job_id(node: Node, kind: JobKind, diagnostics: Diagnostics) -> None:
    """Report the id of a seeded job that does not have the form of the vendor's ids (SCN048)."""
    if not re.fullmatch(kind.id_pattern, node.text):
        message = f"{truncate_value(node.text)!r} is not a valid id of {with_article(kind.name)}"
        hint = f"Ids match `{kind.id_pattern}`, such as {kind.new_id('example', 1, 0)}."
        diagnostics.add("SCN048", message, node, hint)


def check_item_count(node: Node, counts: Iterable[int], diagnostics: Diagnostics) -> None:
    """Report a batch with too many items (SCN066)."""
    total = sum(counts)
    if total > MAX_ITEMS:
        diagnostics.add("SCN066", f"{total} items are more than the {MAX_ITEMS} allowed", node)


def check_outcome(node: Node, kind: JobKind, diagnostics: Diagnostics) -> None:
    """Report an outcome that is not an end of an item's own work (SCN043, SCN051)."""
    if kind.batch is None or not check_state(node, kind.batch.item, diagnostics):
        return
    item = kind.batch.item
    ends = [name for name in item.states if name in item.terminal and item.allows(kind.batch.busy, name, Trigger.TIME)]
    if node.text not in ends:
        message = f"an item's own work cannot end in `{node.text}`"
        diagnostics.add("SCN051", message, node, f"It can end in {', '.join(ends)}.")


def all_states(kind: JobKind) -> tuple[str, ...]:
    """Return the states of a kind of job and of its items."""
    if kind.batch is None:
        return kind.lifecycle.states
    return (*kind.lifecycle.states, *kind.batch.item.states)


def reachable_states(kind: JobKind, script: Script, moves: Iterable[str]) -> frozenset[str]:
    """Return the states that some job of that kind can be in while the scenario is played."""
    if kind.batch is not None:
        return frozenset(kind.lifecycle.states)
    seeded = [job.timeline for job in script.jobs if job.timeline and job.kind in ("", kind.name)]
    rules = [rule for rule in script.timeline_rules if rule.kind == kind.name]
    timelines: list[Timeline] = [*seeded, *(rule.timeline for rule in rules)]
    # The vendor's own timeline serves the jobs that no rule matches.
    if not any(rule.is_default for rule in rules):
        timelines.append(kind.timeline)
    cancel = script.cancels.get(kind.name)
    if cancel is not None and cancel.follow is not None:
        timelines.append(cancel.follow)
    deadlines = (state for deadline in kind.deadlines for state in deadline.states)
    return frozenset([*(step.state for timeline in timelines for step in timeline), *moves, *deadlines])


def check_cancel_sources(
    nodes: Iterable[Node], kind: JobKind, reachable: frozenset[str] | None, diagnostics: Diagnostics
) -> None:
    """Report states under `from` in which no cancel can be accepted (SCN043, SCN060, SCN061).

    `reachable` is None where the rest of the scenario has problems.
    """
    lifecycle = kind.lifecycle
    for node in nodes:
        if not check_state(node, lifecycle, diagnostics):
            continue
        if node.text in lifecycle.terminal:
            message = f"`{node.text}` is terminal: there is nothing left to cancel"
            hint = "Leave it out; `refuse` is the answer to a cancel that is too late."
            diagnostics.add("SCN060", message, node, hint)
        elif reachable is not None and node.text not in reachable:
            message = f"no job of this scenario is ever in `{node.text}`"
            known = ", ".join(name for name in lifecycle.states if name in reachable)
            diagnostics.add("SCN061", message, node, f"Its jobs can be in {known}.")


def check_cancel_timeline(
    node: Node, kind: JobKind, script: CancelScript, reachable: frozenset[str], diagnostics: Diagnostics
) -> None:
    """Report a state after an accepted cancel that the lifecycle does not allow there (SCN063)."""
    lifecycle = kind.lifecycle
    if script.race:
        return
    own = {name: decision.follow for name, decision in kind.cancel_table.items() if isinstance(decision, Accept)}
    # A state that only the scenario makes cancellable is followed by what the vendor does elsewhere.
    fallback = next(iter(own.values()), ()) or default_cancel_timeline(kind)
    for source in (name for name in lifecycle.states if name in cancellable_states(kind, script) & reachable):
        follow = script.follow or own.get(source, fallback)
        if follow and not lifecycle.allows(source, follow[0].state, Trigger.CANCEL):
            allowed = ", ".join(lifecycle.next_states(source, Trigger.CANCEL))
            message = f"a cancel cannot lead from `{source}` to `{follow[0].state}`"
            hint = f"From `{source}` it can lead to {allowed or 'nothing'}."
            diagnostics.add("SCN063", message, node, hint)
            return


def check_cancel_outcomes(
    node: Node, kind: JobKind, script: CancelScript, reachable: frozenset[str], diagnostics: Diagnostics
) -> None:
    """Report states that a job can be in and that leave a cancel without an answer (SCN062)."""
    if script.refusal is not None or not kind.cancel_table:
        return
    # In other states the vendor's table refuses, unless it would accept: then the scenario's `from` overrides it.
    refused = {name for name, decision in kind.cancel_table.items() if not isinstance(decision, Accept)}
    open_states = reachable - cancellable_states(kind, script) - kind.lifecycle.terminal - refused
    if open_states:
        names = ", ".join(f"`{name}`" for name in kind.lifecycle.states if name in open_states)
        message = f"a cancel has no outcome in {names}"
        diagnostics.add("SCN062", message, node, "Add it to `from`, or write the answer: `refuse: {status: 409}`.")
