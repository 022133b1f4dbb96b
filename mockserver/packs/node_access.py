"""Small readers of nodes that the compilers of all sections use."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from mockserver.errors import did_you_mean
from mockserver.packs.scope import KindTables
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node

Converted = TypeVar("Converted")


def entries_of(node: Node | None) -> list[tuple[Node, Node]]:
    """Return the entries of a mapping, none where it is absent or null."""
    return [] if node is None else node.entries


def members_of(node: Node | None) -> dict[str, Node]:
    """Return the members of a mapping by their names, none where it is absent."""
    return {key.text: value for key, value in entries_of(node)}


def child(node: Node | None, name: str) -> Node | None:
    """Return a member of a mapping that may be absent itself; None where either is."""
    if node is None:
        return None
    return node.get(name)


def when_given(node: Node | None, convert: Callable[[Node], Converted]) -> Converted | None:
    """Convert a node; None where it is absent."""
    if node is None:
        return None
    return convert(node)


def member(node: Node, name: str) -> Node:
    """Return a member of a mapping that the grammar requires."""
    return next(value for key, value in node.entries if key.text == name)


def first_key(node: Node) -> str:
    """Return the first key of a mapping; empty for any other node, and for a mapping without keys."""
    return next((key.text for key, _ in node.entries), "")


def innermost(node: Node, path: Iterable[str | int]) -> Node:
    """Return the node at a path, or the last one on the way that is there."""
    for segment in path:
        node = next((each for each in node.inner if each.path_segment == segment), node)
    return node


def scalars(node: Node | None) -> Iterator[Node]:
    """Yield all scalars in a node."""
    if node is not None:
        yield from (each for each in node.walk() if each.node_type == "scalar")


def scalar_texts(node: Node | None, name: str = "") -> Iterator[str]:
    """Yield the texts of all scalars in a node, or of those that are the member `name` of some mapping."""
    return (each.text for each in scalars(node) if not name or each.path_segment == name)


def split_group(text: str) -> list[str]:
    """Return the names that `running|queued` stands for."""
    return [part.strip() for part in text.split("|")]


def group_of(node: Node | None) -> list[str]:
    """Return the names of a group, or of a list; none where it is absent."""
    if node is None:
        return []
    if node.node_type == "sequence":
        return [item.text for item in node.items]
    return split_group(node.text)


def check_reference(
    node: Node, what: str, known: Iterable[str], diagnostics: Diagnostics, name: str | None = None
) -> bool:
    """Report a name that is not among the known ones (PCK003); return whether it is.

    `name` is the one that is meant where the node has several.
    """
    names = list(known)
    if name is None:
        name = node.text
    if name in names:
        return True
    message = f"there is no {what} {name!r}{did_you_mean(name, names)}"
    diagnostics.add("PCK003", message, node, f"Use one of: {', '.join(names) or 'none is defined'}.")
    return False


def check_state_name(name: str, node: Node, kind: KindTables, diagnostics: Diagnostics, *, on_key: bool = True) -> bool:
    """Report a name that is no state of the kind (PCK002); return whether it is one."""
    if name in kind.lifecycle.states:
        return True
    report_unknown_state(name, node, kind.name, kind.lifecycle.states, diagnostics=diagnostics, on_key=on_key)
    return False


def report_unknown_state(
    name: str, node: Node, kind: str, states: tuple[str, ...], *, diagnostics: Diagnostics, on_key: bool
) -> None:
    """Report a name that is none of the states of a kind (PCK002)."""
    message = f"{kind} has no state {name!r}{did_you_mean(name, states)}"
    diagnostics.add("PCK002", message, node, f"States: {', '.join(states)}.", on_key=on_key)


def checked_group(node: Node | None, kind: KindTables, diagnostics: Diagnostics, *others: str) -> frozenset[str]:
    """Return the states of a group; reports names that are neither states nor among the others (PCK002)."""
    names = group_of(node)
    for name in names:
        if node is not None and name not in others:
            check_state_name(name, node, kind, diagnostics, on_key=False)
    return frozenset(names).difference(others)


def creates_of(root: Node, kind: str) -> list[Node]:
    """Return the operations that create jobs of a kind; one that names no kind is about the first."""
    main = entries_of(root.get("kinds"))[0][0].text
    operations = [node for _, node in entries_of(root.get("operations"))]
    creates = [node for node in operations if values.as_text(node.get("role")) == "create"]
    return [node for node in creates if values.as_text(node.get("kind"), main) == kind]
