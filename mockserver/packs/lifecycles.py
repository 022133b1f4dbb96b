"""Compiles the states of a kind: its moves, and the transitions that cancels and deadlines add."""

from mockserver.core.lifecycle import Lifecycle, Transition, Trigger
from mockserver.packs.cancel_rows import cancel_transitions
from mockserver.packs.node_access import child, entries_of, report_unknown_state, scalars, split_group
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node


def compile_lifecycle(name: str, node: Node, diagnostics: Diagnostics) -> Lifecycle:
    """Compile the lifecycle of a kind; reports contradictions (PCK009) and unknown states (PCK002)."""
    states = values.as_texts(node.get("states"))
    terminal = frozenset(values.as_texts(node.get("terminal")))
    check_states(node.get("terminal"), states, name, diagnostics)
    transitions = compile_moves(node.get("moves"), states, name, diagnostics)
    transitions += cancel_transitions(node.get("cancel"))
    for _, deadline in entries_of(node.get("deadlines")):
        for key, target in entries_of(deadline.get("states")):
            transitions += [Transition(each, target.text, Trigger.DEADLINE) for each in split_group(key.text)]
    for transition in transitions:
        if transition.source in terminal and transition.trigger is Trigger.TIME:
            message = f"{transition.source} ends a {name}, and {transition.target} follows it"
            place = child(node.get("moves"), transition.source) or node
            hint = "Take it out of `terminal`, or out of `moves`."
            diagnostics.add("PCK009", message, place, hint, on_key=place is not node)
    return Lifecycle(name, states, tuple(dict.fromkeys(transitions)), terminal)


def compile_moves(node: Node | None, states: tuple[str, ...], name: str, diagnostics: Diagnostics) -> list[Transition]:
    """Compile a mapping of states to those that may follow."""
    transitions = []
    for key, targets in entries_of(node):
        _check_name(key.text, targets, states, name, diagnostics)
        check_states(targets, states, name, diagnostics)
        transitions += [Transition(key.text, target.text) for target in targets.items]
    return transitions


def check_states(node: Node | None, states: tuple[str, ...], kind: str, diagnostics: Diagnostics) -> None:
    """Report the names in a list, or one name, that are no states (PCK002)."""
    for item in scalars(node):
        _check_name(item.text, item, states, kind, diagnostics)


def _check_name(name: str, node: Node, states: tuple[str, ...], kind: str, diagnostics: Diagnostics) -> None:
    if name not in states:
        report_unknown_state(name, node, kind, states, diagnostics=diagnostics, on_key=node.text != name)
