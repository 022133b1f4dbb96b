"""Compiles the cancel table of a kind: each state's row is the whole rule."""

from functools import partial
from itertools import pairwise
from typing import NamedTuple

from mockserver.core.lifecycle import Transition, Trigger
from mockserver.core.timeline import Timeline, TimelineStep
from mockserver.packs.node_access import (
    check_reference,
    check_state_name,
    entries_of,
    first_key,
    split_group,
    when_given,
)
from mockserver.packs.scope import KindTables
from mockserver.packs.sources import Sources
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, node_to_json
from mockserver.scenario.timelines import compile_own_timeline
from mockserver.vendors.api import Accept, AlreadyCancelled, CancelDecision, Delete, Refuse, SpecCondition

CONDITION_PREFIX = "request."
"""Members of the create request that a condition reads stand in a job's spec under this prefix and their name."""


class CancelRules(NamedTuple):
    """A kind's cancel table, compiled."""

    table: dict[str, CancelDecision]
    conditions: frozenset[str]
    """The members of the request that some row depends on."""


class CancelCompiler:
    """Compiles the rows of one kind."""

    def __init__(
        self, kind: KindTables, errors: frozenset[str], sources: Sources, diagnostics: Diagnostics, draining: str
    ) -> None:
        self._kind = kind
        self._draining = draining
        self._errors = errors
        self._sources = sources
        self._diagnostics = diagnostics

    def compile(self, node: Node | None) -> CancelRules:
        """Compile the section `cancel`; reports unknown states (PCK002) and errors (PCK003)."""
        table: dict[str, CancelDecision] = {}
        conditions: set[str] = set()
        for key, row in entries_of(node):
            states = split_group(key.text)
            known = [check_state_name(state, row, self._kind, self._diagnostics) for state in states]
            if not all(known):
                continue
            condition = row.get("only_for")
            conditions.update(name.text for name, _ in entries_of(condition))
            table |= dict.fromkeys(states, self._decision(row))
        return CancelRules(table, frozenset(conditions))

    def _decision(self, row: Node) -> CancelDecision:
        source = self._sources.of(row)
        if row.get("unchanged") is not None:
            return AlreadyCancelled(source)
        if row.get("delete") is not None:
            return Delete(source)
        accepted = row.get("accept")
        if accepted is None:
            return Refuse(self._error(row.get("refuse")), source)
        return Accept(
            self._follow(accepted),
            after=when_given(row.get("after"), partial(values.as_duration, diagnostics=self._diagnostics)),
            since=values.as_optional_text(row.get("since")),
            only_for=when_given(row.get("only_for"), _condition),
            otherwise=Refuse(self._error(row.get("otherwise")), source),
            source=source,
        )

    def _follow(self, node: Node) -> Timeline:
        if node.node_type == "scalar":
            known = check_state_name(node.text, node, self._kind, self._diagnostics, on_key=False)
            # What follows the draining of a batch derives from its items.
            if not known or node.text == self._draining:
                return ()
            return (TimelineStep(node.text),)
        return compile_own_timeline(node, self._kind.lifecycle, self._diagnostics)

    def _error(self, node: Node | None) -> str | None:
        if node is None:
            return None
        check_reference(node, "error", self._errors, self._diagnostics)
        return node.text


def _condition(node: Node) -> SpecCondition:
    name, wanted = node.entries[0]
    options = node_to_json(wanted)
    several = options if isinstance(options, list) else [options]
    return SpecCondition(CONDITION_PREFIX + name.text, frozenset(several))


def cancel_transitions(node: Node | None) -> list[Transition]:
    """Return the transitions that the rows of a cancel table make; some may come more than once."""
    transitions: list[Transition] = []
    for key, row in entries_of(node):
        follow = row.get("accept")
        if follow is None:
            continue
        states = [first_key(each) or each.text for each in values.one_or_more(follow)]
        transitions += [Transition(state, states[0], Trigger.CANCEL) for state in split_group(key.text)]
        transitions += [Transition(one, other) for one, other in pairwise(states)]
    return transitions
