"""Compiles the items of a batch: their lifecycle, and the names of the batch's states."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mockserver.core.lifecycle import BatchRules, Lifecycle, Transition, Trigger
from mockserver.core.timeline import Timed, Timeline, TimelineStep
from mockserver.packs.input_lines import InputLines
from mockserver.packs.item_checks import ItemCheck, ItemCheckCompiler
from mockserver.packs.lifecycles import check_states, compile_moves
from mockserver.packs.node_access import check_state_name, child
from mockserver.packs.scope import KindTables
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node
from mockserver.vendors.api import Call

_ITEM_STATES = ("terminal", "dropped", "dropped_by_deadline", "succeeded")
_BATCH_STATES = ("working", "done", "draining", "drained", "expired", "closing", "failed")


class BatchItems(NamedTuple):
    """The items of a kind of batch."""

    rules: BatchRules
    member: str
    """The member of the create request that lists them."""
    check: ItemCheck | None
    """What is checked of each item after the create; None: nothing."""

    lines: InputLines | None
    """The file in which the items stand; None: the create request lists them."""

    def spec_of(self, request: Mapping[str, Any], call: Call | None = None) -> dict[str, Any]:
        """Return the part of a spec about the items; without a call nothing is known of uploaded files."""
        if self.lines is not None:
            return self.lines.unknown_items() if call is None else self.lines.read(call, request)
        requests = request.get(self.member)
        return {"items": list(requests) if isinstance(requests, list | tuple) else []}

    def adjust_timeline(self, request: Mapping[str, Any] | None, timeline: Timeline) -> Timeline:
        """Return the timeline that an item takes, by its part of the request; None is one of a file that is refused."""
        if request is None:
            return (TimelineStep(self.rules.queued, Timed(0)), TimelineStep(self.rules.dropped))
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
        overdue = values.as_text(node.get("dropped_by_deadline"))
        ends = ((dropped, Trigger.CANCEL), (overdue or dropped, Trigger.DEADLINE))
        moves += [Transition(state, *end) for state in states if state not in terminal for end in ends]
        names = {name: node.get(name) for name in _BATCH_STATES}
        outcome = child(node.get("refused"), "outcome")
        for state in (outcome, *(node.get(name) for name in _ITEM_STATES)):
            check_states(state, states, "item", diagnostics)
        for state in (node.get("waiting"), *names.values()):
            if state is not None:
                check_state_name(state.text, state, kind, diagnostics, on_key=False)
        item = Lifecycle("item", states, tuple(dict.fromkeys(moves)), terminal)
        batch_states: dict[str, Any] = {name: values.as_text(state) for name, state in names.items()}
        rules = BatchRules(
            item=item,
            waiting=values.as_text(node.get("waiting"), kind.lifecycle.initial),
            dropped=dropped,
            succeeded=values.as_text(node.get("succeeded")),
            overdue=overdue,
            opens=node.get("opens") is not None,
            drain_least=values.as_duration(node.get("drain_least"), diagnostics),
            drain_limit=values.as_duration(node.get("drain_limit"), diagnostics) or None,
            **batch_states,
        )
        lines = checks.compile_lines(node.get("lines"))
        return cls(rules, values.as_text(node.get("request")), checks.compile(node.get("refused")), lines)
