"""The duties of a vendor's tables: names, states, timelines, cancel rows and transitions that agree."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from mockserver.core.instants import parse_instant
from mockserver.core.lifecycle import Lifecycle, Trigger
from mockserver.core.path_templates import path_shape
from mockserver.core.timeline import Timeline
from mockserver.vendor_check.courses import course_in_state, ways_by_state
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.world import CheckedEra
from mockserver.vendors.api import Accept, JobKind, Role

_ABOUT_ONE_JOB = (Role.READ, Role.CANCEL, Role.DELETE, Role.RESULTS)


def kinds_are_named(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each kind and operation: the names of kinds are equal everywhere."""
    era = checked.era
    for key, kind in era.kinds.items():
        found = ""
        if key != kind.lifecycle.kind:
            found = f"`kinds` calls it {key!r}, its lifecycle {kind.lifecycle.kind!r}"
        yield DutyCase(f"kind {key}", found)
    for operation in era.operations:
        found = ""
        if operation.kind not in era.kinds:
            found = f"it is about {operation.kind!r}, and the era's kinds are {', '.join(era.kinds)}"
        yield DutyCase(f"operation {operation.name}", found)


def operations_are_consistent(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each operation: its name, path, id and role fit, and no other operation has its path."""
    owners: dict[tuple[str, str], str] = {}
    names: set[str] = set()
    for operation in checked.era.operations:
        found = []
        if operation.name in names:
            found.append("another operation has its name")
        names.add(operation.name)
        place, id_name = operation.id_in or ("", "")
        for path in (operation.path, *operation.aliases):
            shape = path_shape(path)
            owner = owners.setdefault((operation.method, shape), operation.name)
            if owner != operation.name:
                found.append(f"{operation.method} {path} is {owner}'s as well")
            if not path.startswith("/"):
                found.append(f"the path {path!r} does not begin with a slash")
            if place == "path" and f"{{{id_name}}}" not in path:
                found.append(f"the path {path} lacks {{{id_name}}}")
        if operation.role in _ABOUT_ONE_JOB and not operation.about_one_job:
            found.append(f"its role is {operation.role.value}, and `id_in` names no job")
        if operation.method != operation.method.upper():
            found.append(f"the method {operation.method!r} is not in capitals")
        yield DutyCase(f"operation {operation.name}", "; ".join(found))


def roles_are_complete(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each kind: what it can do has operations."""
    for kind in checked.era.kinds.values():
        roles = {each.role for each in checked.era.operations if each.kind == kind.name}
        found = []
        live = set(kind.lifecycle.states) - kind.lifecycle.terminal
        if live and not any(each.polls for each in checked.era.operations if each.kind == kind.name):
            found.append("no operation polls it (`polls`), so that no scenario can count its reads")
        if kind.cancel_table and Role.CANCEL not in roles:
            found.append("it has a cancel table and no operation with the role CANCEL")
        yield DutyCase(f"kind {kind.name}", "; ".join(found))


def tables_name_states(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each table of each kind: it names states that the lifecycle has."""
    for kind in checked.era.kinds.values():
        for where, lifecycle, states in state_tables(kind):
            unknown = [state for state in states if state not in lifecycle.states]
            found = ""
            if unknown:
                found = f"{unknown[0]!r} is no state of a {lifecycle.kind}: {', '.join(lifecycle.states)}"
            yield DutyCase(f"{kind.name}, {where}", found)


def state_tables(kind: JobKind) -> Iterator[tuple[str, Lifecycle, Iterable[str]]]:
    """Yield each table of a kind that names states: what it is, whose states they are, and the names."""
    lifecycle = kind.lifecycle
    yield "transitions", lifecycle, [state for each in lifecycle.transitions for state in each[:2]]
    yield "terminal states", lifecycle, sorted(lifecycle.terminal)
    yield "timeline", lifecycle, _states(kind.timeline)
    yield "cancel table", lifecycle, kind.cancel_table
    yield "deadlines", lifecycle, sorted(state for deadline in kind.deadlines for state in deadline.states)
    for state, row in kind.cancel_table.items():
        if isinstance(row, Accept):
            yield f"what follows a cancel in {state}", lifecycle, _states(row.follow)
    rules = kind.batch
    if rules is not None:
        own = (rules.waiting, rules.working, rules.done, rules.draining, rules.drained, rules.expired)
        yield "batch rules", lifecycle, own
        yield "batch rules of items", rules.item, (rules.dropped, rules.succeeded)


def _states(timeline: Timeline) -> list[str]:
    return [step.state for step in timeline]


def timelines_follow_the_lifecycle(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each timeline: it takes legal transitions to a terminal state."""
    for kind in checked.era.kinds.values():
        lifecycle = kind.lifecycle
        yield DutyCase(f"{kind.name}, timeline", illegal_step(lifecycle, _states(kind.timeline), Trigger.TIME))
        for state, row in kind.cancel_table.items():
            if isinstance(row, Accept) and row.follow:
                # A batch drains until nothing is at work, and its end follows from that.
                after = illegal_step(lifecycle, _states(row.follow), Trigger.TIME, ends=kind.batch is None)
                found = illegal_step(lifecycle, [state, row.follow[0].state], Trigger.CANCEL, ends=False) or after
                yield DutyCase(f"{kind.name}, cancelled in {state}", found)
        for state in sorted(lifecycle.terminal):
            found = ""
            if lifecycle.next_states(state):
                found = f"{state} is terminal, and {lifecycle.next_states(state)[0]} may follow it"
            yield DutyCase(f"{kind.name}, {state}", found)


def illegal_step(lifecycle: Lifecycle, states: list[str], trigger: Trigger, *, ends: bool = True) -> str:
    """Return the first step that the lifecycle does not allow, in words, or an end that is not terminal; else ""."""
    for source, target in pairwise(states):
        if not lifecycle.allows(source, target, trigger):
            return f"no transition leads from {source} to {target} by {trigger.value}"
    if ends and states[-1] not in lifecycle.terminal:
        return f"it ends in {states[-1]}, which is not terminal"
    return ""


def states_are_reachable(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each state of each kind: transitions lead there, and a job can be in it."""
    for kind in checked.era.kinds.values():
        ways = ways_by_state(kind.lifecycle)
        for state in kind.lifecycle.states:
            found = ""
            if state not in ways:
                found = "no transition leads to it"
            elif course_in_state(checked, kind, state) is None:
                found = f"a job that is moved along {', '.join(ways[state])} is not in it"
            yield DutyCase(f"{kind.name}, {state}", found)


def cancel_tables_are_complete(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each state of each kind with a cancel table: it has a row."""
    for kind in checked.era.kinds.values():
        if kind.cancel_table:
            for state in kind.lifecycle.states:
                found = ""
                if state not in kind.cancel_table:
                    found = "the cancel table has no row for it: it is refused in the general words"
                yield DutyCase(f"{kind.name}, {state}", found)


def eras_are_in_order(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield one case: the era is the vendor's, and begins after the one before it."""
    vendor, era = checked.vendor, checked.era
    dates = [each.date for each in vendor.eras]
    earlier = dates[: dates.index(era.date)]
    found = ""
    if era.vendor != vendor.name:
        found = f"the era says that it is {era.vendor}'s"
    elif parse_instant(f"{era.date}T00:00:00Z") is None:
        found = f"{era.date!r} is not a date"
    elif earlier and earlier[-1] >= era.date:
        found = f"it stands behind the era of {earlier[-1]}"
    yield DutyCase(f"{vendor.name}@{era.date}", found)
