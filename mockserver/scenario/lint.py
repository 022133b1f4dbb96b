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
from mockserver.errors import nearest
from mockserver.scenario.language import MOST_ITEMS
from mockserver.scenario.nodes import Node, clip
from mockserver.scenario.report import Report
from mockserver.vendors.api import Accept, Era, Kind, Vendor
from mockserver.vendors.planning import cancel_sources, cancelled_course
from mockserver.vendors.script import CancelScript, Script

_BY = {Trigger.CANCEL: "by a cancel", Trigger.DEADLINE: "by the vendor's deadline"}


class Part(NamedTuple):
    """One state of a timeline, as the file has it."""

    state: str
    node: Node
    """The state's scalar, or the value beside it."""
    stay: Node | None = None
    details: Node | None = None
    """The mapping with `for`, `progress` and `fields`."""

    def blame(self, report: Report, code: str, message: str, hint: str = "") -> None:
        """Report a problem at the state's name."""
        report.add(code, message, self.node, hint, on_key=self.stay is not None or self.details is not None)


def parts(node: Node) -> list[Part]:
    """The states of a timeline, of `state: stay` pairs, or of a single state."""
    if node.kind == "scalar":
        return [Part(node.text, node)]
    if node.kind == "sequence":
        return [part for item in node.items for part in parts(item)]
    return [
        Part(key.text, value, value) if value.kind == "scalar" else Part(key.text, value, value.get("for"), value)
        for key, value in node.entries
    ]


def find_era(node: Node | None, vendors: Mapping[str, Vendor], report: Report) -> Era | None:
    """The era that `vendor:` names, or None with the reason reported."""
    if node is None or not report.sound(node):
        return None
    name, _, date = node.text.partition("@")
    if name not in vendors:
        message = f"there is no vendor {clip(name)!r}{nearest(name, vendors)}"
        report.add("SCN040", message, node, f"Vendors: {', '.join(vendors) or 'none'}.")
        return None
    if date and parse_instant(f"{date}T00:00:00Z") is None:
        report.add("SCN065", f"no calendar has `{date}`", node)
        return None
    era = vendors[name].era(date)
    if era is None:
        eras = ", ".join(era.date for era in vendors[name].eras)
        report.add("SCN041", f"{name} had no such API on {date}", node, f"Its eras began on {eras}.")
    return era


def names(course: Iterable[Part], lifecycle: Lifecycle, report: Report) -> bool:
    """Whether every state of a course is one of the lifecycle's."""
    known = True
    for part in course:
        if part.state not in lifecycle.states:
            part.blame(report, "SCN043", _no_state(part.state, lifecycle.kind, lifecycle.states), _states(lifecycle))
            known = False
    return known


def state(node: Node, lifecycle: Lifecycle, report: Report) -> bool:
    """Whether a scalar names a state of the lifecycle."""
    return names([Part(node.text, node)], lifecycle, report)


def _no_state(name: str, kind: str, states: Collection[str]) -> str:
    return f"a {kind} has no state {clip(name)!r}{nearest(name, states)}"


def _states(lifecycle: Lifecycle) -> str:
    return f"States: {', '.join(lifecycle.states)}."


def order(course: list[Part], lifecycle: Lifecycle, report: Report) -> None:
    """Whether time can lead from each state of a course to the next, and whether the stays are where they belong."""
    for before, after in pairwise(course):
        if before.state in lifecycle.terminal:
            message = f"nothing can follow `{before.state}`, which is terminal: `{after.state}` is unreachable"
            after.blame(report, "SCN045", message)
            return
        if not lifecycle.allows(before.state, after.state, Trigger.TIME):
            otherwise = _otherwise(before.state, after.state, lifecycle)
            message = f"`{after.state}` cannot follow `{before.state}`{otherwise}"
            after.blame(report, "SCN044", message, _after(before.state, lifecycle))
        if before.stay is None:
            hint = f"Write `- {before.state}: 30s`, or `3 polls`, or `manual`."
            before.blame(report, "SCN047", f"`{before.state}` needs a stay, as `{after.state}` follows it", hint)
    last = course[-1]
    if last.stay is not None:
        message = f"`{last.state}` is the last state and has a stay, though nothing follows it"
        hint = f"Write `{last.state}` without a stay, or say what follows it."
        report.add("SCN046", message, last.stay, hint)


def made_by_items(course: Iterable[Part], kind: Kind, report: Report) -> None:
    """Whether a batch's timeline keeps to the states that its items' own work makes."""
    if kind.batch is None:
        return
    made = (kind.batch.waiting, kind.batch.working, kind.batch.done)
    for part in course:
        if part.state not in made:
            message = f"a {kind.name}'s state derives from its items, and their work never makes it `{part.state}`"
            hint = f"Write {', '.join(made)}; a cancel, the deadline (`age:`) or a `move` leads to the others."
            part.blame(report, "SCN067", message, hint)


def _otherwise(source: str, target: str, lifecycle: Lifecycle) -> str:
    """By what else than time a move is possible, for a message."""
    ways = [_BY[trigger] for trigger in _BY if lifecycle.allows(source, target, trigger)]
    return f" by its own work, only {' or '.join(ways)}" if ways else ""


def _after(source: str, lifecycle: Lifecycle) -> str:
    following = [target for target in lifecycle.next(source) if lifecycle.allows(source, target, Trigger.TIME)]
    return f"After `{source}`: {', '.join(following) or 'nothing'}."


def job_id(node: Node, kind: Kind, report: Report) -> None:
    """Whether a seeded job's id is one that the vendor could have given."""
    if not re.fullmatch(kind.id_pattern, node.text):
        message = f"{clip(node.text)!r} is no id of a {kind.name}"
        report.add("SCN048", message, node, f"Ids match `{kind.id_pattern}`, such as {kind.new_id('example', 1, 0)}.")


def item_list(node: Node, counts: Iterable[int], report: Report) -> None:
    """Whether a batch stays playable."""
    total = sum(counts)
    if total > MOST_ITEMS:
        report.add("SCN066", f"{total} items are more than {MOST_ITEMS}", node)


def outcome(node: Node, kind: Kind, report: Report) -> None:
    """Whether an item can end in that state by its own work."""
    if kind.batch is None or not state(node, kind.batch.item, report):
        return
    item = kind.batch.item
    ends = [name for name in item.states if name in item.terminal and item.allows(kind.batch.busy, name, Trigger.TIME)]
    if node.text not in ends:
        message = f"an item's work cannot end in `{node.text}`"
        report.add("SCN051", message, node, f"It can end in {', '.join(ends)}.")


def all_states(kind: Kind) -> tuple[str, ...]:
    """The states of a kind of job and of its items."""
    return (*kind.lifecycle.states, *(kind.batch.item.states if kind.batch is not None else ()))


def livable(kind: Kind, script: Script, moves: Iterable[str]) -> frozenset[str]:
    """The states that some job of the era's main kind can be in while the scenario is played."""
    if kind.batch is not None:
        return frozenset(kind.lifecycle.states)
    seeded = [job.timeline for job in script.jobs if job.timeline and job.kind in ("", kind.name)]
    courses: list[Timeline] = [*seeded, *(course.timeline for course in script.courses)]
    if all(course.match is not None for course in script.courses):
        courses.append(kind.timeline)
    if script.cancel is not None and script.cancel.follow is not None:
        courses.append(script.cancel.follow)
    deadlines = (deadline.state for deadline in kind.deadlines)
    return frozenset([*(step.state for course in courses for step in course), *moves, *deadlines])


def cancel_from(nodes: Iterable[Node], kind: Kind, lived: frozenset[str] | None, report: Report) -> None:
    """Whether a cancel can be accepted in the states that `from` lists; `lived` is None where nobody can tell."""
    lifecycle = kind.lifecycle
    for node in nodes:
        if not state(node, lifecycle, report):
            continue
        if node.text in lifecycle.terminal:
            message = f"`{node.text}` is terminal: there is nothing left to cancel"
            report.add("SCN060", message, node, "Leave it out; `refuse` answers the cancels that come too late.")
        elif lived is not None and node.text not in lived:
            message = f"no job of this scenario is ever in `{node.text}`"
            there = ", ".join(name for name in lifecycle.states if name in lived)
            report.add("SCN061", message, node, f"They can be in {there}.")


def cancel_follow(node: Node, kind: Kind, script: CancelScript, lived: frozenset[str], report: Report) -> None:
    """Whether what follows an accepted cancel is what a cancel may lead to, from each state it may find."""
    lifecycle = kind.lifecycle
    if script.race:
        return
    own = {name: verdict.follow for name, verdict in kind.cancel.items() if isinstance(verdict, Accept)}
    fallback = next(iter(own.values()), ()) or cancelled_course(kind)
    for source in (name for name in lifecycle.states if name in cancel_sources(kind, script) & lived):
        follow = script.follow or own.get(source, fallback)
        if follow and not lifecycle.allows(source, follow[0].state, Trigger.CANCEL):
            allowed = [name for name in lifecycle.next(source) if lifecycle.allows(source, name, Trigger.CANCEL)]
            message = f"a cancel cannot lead from `{source}` to `{follow[0].state}`"
            report.add("SCN063", message, node, f"From `{source}` it can lead to {', '.join(allowed) or 'nothing'}.")
            return


def cancel_outcomes(node: Node, kind: Kind, script: CancelScript, lived: frozenset[str], report: Report) -> None:
    """Whether a cancel meets an answer in every state that a job can be in."""
    if script.refusal is not None or not kind.cancel:
        return
    left = lived - cancel_sources(kind, script) - kind.lifecycle.terminal
    open_ended = [name for name in kind.lifecycle.states if name in left and _accepts(kind, name)]
    if open_ended:
        message = f"a cancel has no outcome in {', '.join(f'`{name}`' for name in open_ended)}"
        report.add("SCN062", message, node, "Add it to `from`, or say what is answered: `refuse: {status: 409}`.")


def _accepts(kind: Kind, name: str) -> bool:
    """Whether the vendor's table has no refusal to fall back on."""
    return name not in kind.cancel or isinstance(kind.cancel[name], Accept)
