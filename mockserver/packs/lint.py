"""Reports what a pack says without any effect: states that cannot be reached, errors and parts that nothing uses, names
that nothing has.

A pack with such a problem still works; one that cannot be loaded is reported by the loader.
"""

from pathlib import Path
from typing import Final

from mockserver.core.lifecycle import Lifecycle
from mockserver.errors import MockError, Problem, did_you_mean
from mockserver.packs.errors import SETTINGS
from mockserver.packs.grammar_values import BY
from mockserver.packs.ids import ALPHABETS
from mockserver.packs.lifecycles import compile_lifecycle
from mockserver.packs.lint_names import check_calls
from mockserver.packs.node_access import child, entries_of, first_key, group_of, member, scalar_texts, split_group
from mockserver.packs.pack import PackSource, problems_of_meaning, read_pack, without_repeats
from mockserver.packs.values import cases_of, find_case, is_by_state
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, node_to_json

_LOADS_ALL_THE_SAME: Final = frozenset({"PCK026"})


def pack_problems(source: Path | str | bytes, file: str = "") -> list[Problem]:
    """Return all problems of a pack: those that it cannot be loaded with, else what has no effect in it."""
    try:
        pack = read_pack(source, file)
    except MockError as error:
        return list(error.problems)
    problems = problems_of_meaning(pack)
    diagnostics = Diagnostics(pack.diagnostics.file, pack.diagnostics.text)
    if isinstance(source, Path):
        _check_vendor(pack, source.stem, diagnostics)
    check_calls(pack.roots.values(), diagnostics)
    if {problem.code for problem in problems} <= _LOADS_ALL_THE_SAME:
        for check in (_check_eras, _check_errors, _check_parts, _check_kinds, _check_ids):
            check(pack, diagnostics)
    return list(without_repeats(MockError(*problems, *diagnostics.error().problems)).problems)


def _check_vendor(pack: PackSource, stem: str, diagnostics: Diagnostics) -> None:
    """Report a vendor that its file is not named after (PCK028): it could not be loaded from there."""
    vendor = member(pack.root, "vendor")
    if vendor.text != stem:
        message = f"the vendor is called {vendor.text!r}, and the file {stem!r}"
        diagnostics.add("PCK028", message, vendor, f"Write `vendor: {stem}`, or name the file {vendor.text}.yaml.")


def _check_ids(pack: PackSource, diagnostics: Diagnostics) -> None:
    """Report alphabets that are nearly the name of one (PCK029): ids would be made of the letters of that word."""
    for root in pack.roots.values():
        for _, form in entries_of(root.get("ids")):
            alphabet = form.get("alphabet")
            if alphabet is None or alphabet.text in ALPHABETS:
                continue
            name = did_you_mean(alphabet.text, ALPHABETS)
            if name:
                message = f"the alphabet is the characters {alphabet.text!r}{name}"
                hint = f"Names: {', '.join(ALPHABETS)}. Anything else is the characters themselves."
                diagnostics.add("PCK029", message, alphabet, hint)


def _check_eras(pack: PackSource, diagnostics: Diagnostics) -> None:
    """Report eras that change nothing (PCK023); the first is the file itself."""
    before = None
    for key, overlay in pack.eras.entries:
        content = node_to_json(pack.roots[key.text])
        if content == before:
            message = f"the era of {key.text} is the same as the one before it"
            diagnostics.add("PCK023", message, overlay, "Say what changed, or remove it.", on_key=True)
        before = content


def _check_errors(pack: PackSource, diagnostics: Diagnostics) -> None:
    """Report errors that answer nothing and that nothing names (PCK021), and situations of two errors (PCK030)."""
    used: set[str] = set()
    defined: dict[str, Node] = {}
    for root in pack.roots.values():
        used.update(scalar_texts(root))
        statuses: set[str] = set()
        owners: dict[str, str] = {}
        for key, error in entries_of(root.get("errors")):
            if key.text not in SETTINGS:
                defined.setdefault(key.text, error)
                status = member(error, "status").text
                # A scenario that requests a status gets the first error with it.
                if error.get("for") is not None or status not in statuses:
                    used.add(key.text)
                statuses.add(status)
                for situation in values.items_of(error.get("for")):
                    owner = owners.setdefault(situation.text, key.text)
                    if owner != key.text:
                        message = f"the error {owner!r} answers `{situation.text}` already"
                        diagnostics.add("PCK030", message, situation, "Take it out of one of the two.")
    for name, error in defined.items():
        if name not in used:
            hint = "Name its situations with `for`, or name it where it answers."
            diagnostics.add("PCK021", f"the error {name!r} is never used", error, hint, on_key=True)


def _check_parts(pack: PackSource, diagnostics: Diagnostics) -> None:
    """Report parts that no value names (PCK025)."""
    texts = {text for root in pack.roots.values() for text in scalar_texts(root)}
    parts = {key.text: part for root in pack.roots.values() for key, part in entries_of(root.get("parts"))}
    for name, part in parts.items():
        if not any(f"$part.{name}" in text or f"${{part.{name}" in text for text in texts):
            diagnostics.add("PCK025", f"the part {name!r} is never used", part, on_key=True)


def _check_kinds(pack: PackSource, diagnostics: Diagnostics) -> None:
    """Check each kind of job of the newest era."""
    newest = list(pack.roots.values())[-1]
    for key, kind in entries_of(newest.get("kinds")):
        lifecycle = compile_lifecycle(key.text, kind, Diagnostics(diagnostics.file))
        for check in (_check_states, _check_cancel, _check_body):
            check(kind, lifecycle, diagnostics)


def _check_states(node: Node, lifecycle: Lifecycle, diagnostics: Diagnostics) -> None:
    """Report states that no job can reach (PCK020); those of a batch follow from its items."""
    if node.get("items") is not None:
        return
    reached = {lifecycle.initial}
    waiting = [lifecycle.initial]
    while waiting:
        new = set(lifecycle.next_states(waiting.pop())) - reached
        reached |= new
        waiting += new
    for state in member(node, "states").items:
        if state.text not in reached:
            message = f"no move, cancel or deadline leads to the state {state.text}"
            diagnostics.add("PCK020", message, state, "Add it to `moves`, or remove the state.")


def _check_cancel(node: Node, lifecycle: Lifecycle, diagnostics: Diagnostics) -> None:
    """Report states without a row in the cancel table (PCK022), and cancels that no job gets over (PCK031)."""
    cancel = node.get("cancel")
    decided = {state for key, _ in entries_of(cancel) for state in split_group(key.text)}
    decided.update(group_of(child(node.get("gone"), "states")))
    undecided = [state for state in lifecycle.states if decided and state not in decided]
    if cancel is not None and undecided:
        hint = "Add a row: `{accept: STATE}`, `{refuse: ERROR}` or `{unchanged: true}`."
        diagnostics.add("PCK022", f"the cancel table has no row for {', '.join(undecided)}", cancel, hint, on_key=True)
    for _, row in entries_of(cancel):
        state = row.get("accept")
        # What a batch comes to follows from its items, and a deadline may end what waits.
        if state is None or state.text not in lifecycle.states or node.get("items") or node.get("deadlines"):
            continue
        if state.text not in lifecycle.terminal:
            hint = f"Write what follows it: `accept: [{state.text}: 5s, {min(lifecycle.terminal)}]`."
            diagnostics.add("PCK031", f"an accepted cancel leaves the job in {state.text!r} for ever", state, hint)


def _check_body(node: Node, lifecycle: Lifecycle, diagnostics: Diagnostics) -> None:
    """Report states for which a body that is a table by state has no case (PCK024)."""
    body = member(node, "body")
    if first_key(body) != BY or not is_by_state(body):
        return
    cases = cases_of(body)
    missing = [state for state in lifecycle.states if find_case(cases, state, lifecycle) is None]
    if missing:
        message = f"the body has no case for {', '.join(missing)}"
        diagnostics.add("PCK024", message, body, "Add the cases, or `else`.", on_key=True)
