"""Compiles the items of a batch: their lifecycle, and the names of the batch's states."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mockserver.core.lifecycle import BatchRules, Lifecycle, Transition, Trigger
from mockserver.core.timeline import Timeline
from mockserver.packs.item_checks import ItemCheck, ItemCheckCompiler
from mockserver.packs.lifecycles import compile_moves
from mockserver.packs.node_access import check_state_name, member
from mockserver.packs.scope import KindTables
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node

_BATCH_STATES = ("working", "done", "draining", "drained", "expired")


class BatchItems(NamedTuple):
    """The items of a kind of batch."""

    rules: BatchRules
    member: str
    """The member of the create request that lists them."""
    check: ItemCheck | None
    """What is checked of each item after the create; None: nothing."""

    def requests_of(self, request: Mapping[str, Any]) -> list[Any]:
        """Return the part of a create request for each item."""
        requests = request.get(self.member)
        return list(requests) if isinstance(requests, list | tuple) else []

    def adjust_timeline(self, request: Mapping[str, Any], timeline: Timeline) -> Timeline:
        """Return the timeline that an item takes, by its part of the request."""
        return timeline if self.check is None else self.check.adjust(request, timeline)

    @classmethod
    def compile(
        cls, node: Node | None, kind: KindTables, checks: ItemCheckCompiler, diagnostics: Diagnostics
    ) -> "BatchItems | None":
        """Compile the section `items`; reports unknown states (PCK002)."""
        if node is None:
            return None
        states = values.as_texts(node.get("states"))
        terminal = frozenset(values.as_texts(node.get("terminal")))
        moves = compile_moves(node.get("moves"), states, "item", diagnostics)
        dropped = values.as_text(node.get("dropped"))
        moves += [
            Transition(state, dropped, trigger)
            for state in states
            if state not in terminal
            for trigger in (Trigger.CANCEL, Trigger.DEADLINE)
        ]
        names = {name: member(node, name) for name in _BATCH_STATES}
        for state in names.values():
            check_state_name(state.text, state, kind, diagnostics, on_key=False)
        item = Lifecycle("item", states, tuple(dict.fromkeys(moves)), terminal)
        batch_states: dict[str, Any] = {name: values.as_text(state) for name, state in names.items()}
        rules = BatchRules(
            item=item,
            waiting=values.as_text(node.get("waiting"), kind.lifecycle.initial),
            dropped=dropped,
            succeeded=values.as_text(node.get("succeeded")),
            **batch_states,
        )
        return cls(rules, values.as_text(node.get("request")), checks.compile(node.get("refused")))
