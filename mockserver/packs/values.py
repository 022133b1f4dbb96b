"""Compiles the values of a pack to functions of `Facts`.

A value is JSON. In it, a text that is a name (`$id`) stands for the value of that name, `${id}` within a text for its
text, and four mappings choose: `{$by: $state, running: ..., else: ...}`, `{$first: [...]}` (the first that has a
value), `{$time: $created, as: unix}` and `{$with: $job, status: done}` (members laid over others). There is nothing to
compute. What depends on the
state is resolved when the value is compiled for a state: the function for a state has no tables in it any more.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

import orjson

from mockserver.core.instants import MILLISECOND, Instant, rfc3339, unix_seconds
from mockserver.core.lifecycle import Lifecycle
from mockserver.errors import did_you_mean, nearest_names
from mockserver.packs.facts import ABSENT, Facts, Render
from mockserver.packs.grammar_values import BY
from mockserver.packs.names import NAMES, NameProblem, NameSpec
from mockserver.packs.node_access import check_state_name, first_key, member, split_group
from mockserver.packs.scope import KindTables, Scope
from mockserver.scenario.nodes import Node, node_to_json

TIME_FORMATS: Final[Mapping[str, Callable[[Instant], Any]]] = {
    "iso-s": rfc3339,
    "iso-ms": lambda at: rfc3339(at, digits=3),
    "iso-us": lambda at: rfc3339(at, digits=6),
    "unix": unix_seconds,
    "unix-ms": lambda at: at // MILLISECOND,
}
"""How instants are written."""
LIVE: Final = "$live"
TERMINAL: Final = "$terminal"
_IN_TEXT = re.compile(r"\$\{([^}]*)\}")
_ELSE: Final = "else"
Compiled = TypeVar("Compiled")


def compile_value(node: Node, scope: Scope) -> Render:
    """Compile a value; problems are reported at their nodes (PCK001, PCK002, PCK008)."""
    if node.node_type == "sequence":
        return _compile_list([compile_value(item, scope) for item in node.items])
    if node.node_type == "scalar":
        if isinstance(node.value, str) and "$" in node.text:
            return _compile_text(node, scope)
        return Constant(node_to_json(node))
    special = _SPECIAL_FORMS.get(first_key(node))
    if special is not None:
        return special(node, scope)
    return _compile_mapping({key.text: compile_value(value, scope) for key, value in node.entries})


class Constant:
    """A compiled value that is always the same."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, facts: Facts) -> Any:
        """Return the value."""
        return self.value


def _compile_list(items: list[Render]) -> Render:
    if all(isinstance(item, Constant) for item in items):
        return Constant([item(_NO_FACTS) for item in items])

    def render(facts: Facts) -> Any:
        return [value for value in [item(facts) for item in items] if value is not ABSENT]

    return render


def _compile_mapping(members: Mapping[str, Render]) -> Render:
    skeleton: dict[str, Any] = {}
    dynamic: list[tuple[str, Render]] = []
    for name, value in members.items():
        if isinstance(value, Constant):
            if value.value is not ABSENT:
                skeleton[name] = value.value
        else:
            skeleton[name] = None  # takes the member's place in the order
            dynamic.append((name, value))
    if not dynamic:
        return Constant(skeleton)

    def render(facts: Facts) -> Any:
        """Return the members with their values, without the absent ones."""
        body = skeleton.copy()
        for name, getter in dynamic:
            value = getter(facts)
            if value is ABSENT:
                del body[name]
            else:
                body[name] = value
        return body

    return render


def _compile_text(node: Node, scope: Scope) -> Render:
    text = node.text
    if text == "$absent":
        return Constant(ABSENT)
    if text.startswith("$$"):
        return Constant(text[1:])
    if text.startswith("$") and not text.startswith("${"):
        return _compile_name(node, text[1:], scope)
    parts: list[str | Render] = []
    end = 0
    for match in _IN_TEXT.finditer(text):
        parts += [text[end : match.start()], _compile_name(node, match[1], scope)]
        end = match.end()
    parts.append(text[end:])
    if len(parts) == 1:
        return Constant(text)

    def render(facts: Facts) -> Any:
        return "".join(part if isinstance(part, str) else text_of(part(facts)) for part in parts)

    return render


def text_of(value: Any) -> str:
    """Return the text of a JSON value within another text."""
    if value is None or value is ABSENT:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return ", ".join(map(text_of, value))
    return orjson.dumps(value).decode()


def _compile_name(node: Node, text: str, scope: Scope) -> Render:
    name = text.removesuffix("?")
    instant = find_instant(node, name, scope)
    if instant is not None:
        getter = _formatted(instant, TIME_FORMATS[scope.tables.time_format])
    else:
        getter = find_name(node, name, scope)
    if name == text or isinstance(getter, Constant):
        return getter

    return _absent_if_missing(getter)


def _absent_if_missing(getter: Render) -> Render:
    def present_or_absent(facts: Facts) -> Any:
        value = getter(facts)
        if value is None:
            return ABSENT
        return value

    return present_or_absent


def _formatted(getter: Render, write: Callable[[Instant], Any]) -> Render:
    def render(facts: Facts) -> Any:
        at = getter(facts)
        if at is None:
            return None
        return write(at)

    return render


def _spec_of(name: str, scope: Scope) -> tuple[NameSpec | None, str]:
    root, _, rest = name.partition(".")
    spec = NAMES.get(root)
    if spec is not None and spec.place not in scope.places:
        return None, rest
    return spec, rest


def find_instant(node: Node, name: str, scope: Scope) -> Render | None:
    """Return the getter of an instant; None for a name of something else, or an unknown one."""
    spec, rest = _spec_of(name, scope)
    if spec is None or not spec.is_instant:
        return None
    return _build(node, name, spec, rest, scope)


def find_name(node: Node, name: str, scope: Scope) -> Render:
    """Return the getter of a name; reports an unknown one (PCK001)."""
    if name == "job" and scope.kind is not None and scope.kind.body is not None:
        return compile_job_body(scope.kind, scope.kind.body, scope)
    root, _, rest = name.partition(".")
    if root == "part":
        return _compile_part(node, rest, scope)
    spec, rest = _spec_of(name, scope)
    if spec is not None:
        return _build(node, name, spec, rest, scope)
    known = [f"${each}" for each, spec in NAMES.items() if spec.place in scope.places]
    known += ["$part", "$job"]
    message = f"no value is called `${name}`{did_you_mean(f'${root}', known)}"
    if root in NAMES:
        message = f"`${name}` exists only {NAMES[root].place.value}"
    elif root == "job":
        message = "`$job` has no place here: it is about no job, or it is the job's body itself"
    hint = f"Names here: {', '.join(known)}; a text that begins with `$` is written `$$`."
    scope.tables.diagnostics.add("PCK001", message, node, hint)
    return Constant(None)


def _build(node: Node, name: str, spec: NameSpec, rest: str, scope: Scope) -> Render:
    if bool(rest) != bool(spec.rest) and not spec.rest.startswith("("):
        expected = f"a name after it: {spec.rest}" if spec.rest else "nothing after it"
        scope.tables.diagnostics.add("PCK001", f"`${name}` takes {expected}", node)
        return Constant(None)
    scope.uses.add(name.partition(".")[0])
    built = spec.build(rest, scope)
    if isinstance(built, NameProblem):
        scope.tables.diagnostics.add("PCK001", f"`${name}`: {built.message}", node, built.hint)
        return Constant(None)
    return built


def compile_job_body(kind: KindTables, body_node: Node, scope: Scope) -> Render:
    """Compile `$job`: the body of the kind, with what a scenario's `fields` lay over it."""
    # Within the body there is no `$job`.
    body = compile_value(body_node, replace(scope, kind=replace(kind, body=None)))
    hidden = kind.hidden_fields

    def render(facts: Facts) -> Any:
        shown = body(facts)
        scripted = facts.now.scripted
        if scripted:
            return shown | {name: value for name, value in scripted.items() if name not in hidden}
        return shown

    return render


def _compile_part(node: Node, name: str, scope: Scope) -> Render:
    part = scope.tables.parts.get(name)
    if part is None:
        hint = f"`parts` has: {nearest_names(name, scope.tables.parts) or 'none'}."
        scope.tables.diagnostics.add("PCK003", f"there is no part {name!r}", node, hint)
        return Constant(None)
    if name in scope.open_parts:
        scope.tables.diagnostics.add("PCK008", f"the part {name!r} contains itself", node)
        return Constant(None)
    return compile_value(part, replace(scope, open_parts=(*scope.open_parts, name)))


def case_key(value: Any) -> str:
    """Return the key of a table under which a value stands."""
    if isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is ABSENT:
        return "null"
    return orjson.dumps(value).decode()


def cases_of(node: Node) -> dict[str, Node]:
    """Return the cases of a table `{$by: ..., ...}` by their keys, groups written out."""
    return {each: value for key, value in node.entries[1:] for each in split_group(key.text)}


def find_case(cases: Mapping[str, Any], state: str, lifecycle: Lifecycle) -> Any:
    """Return the case of a state: its own, else that of `$live` or `$terminal`, else `else`; None if there is none."""
    if state in cases:
        return cases[state]
    group = TERMINAL if state in lifecycle.terminal else LIVE
    return cases.get(group, cases.get(_ELSE))


def is_by_state(node: Node) -> bool:
    """Return whether a table's cases are states."""
    return node.entries[0][1].text == "$state"


def check_cases(node: Node, scope: Scope) -> None:
    """Report cases of a table by state that are no states (PCK002)."""
    if scope.kind is None:
        return
    states = scope.kind.lifecycle.states
    for key, value in node.entries[1:]:
        for each in split_group(key.text):
            if each not in (*states, LIVE, TERMINAL, _ELSE):
                check_state_name(each, value, scope.kind, scope.tables.diagnostics)


def compile_table(
    node: Node, scope: Scope, compile_case: Callable[[Node, Scope], Callable[[Facts], Compiled]], default: Compiled
) -> Callable[[Facts], Compiled]:
    """Compile a table `{$by: NAME, KEY: CASE, else: CASE}`; `default` is the result where no case fits."""
    by_state = is_by_state(node)
    if by_state:
        check_cases(node, scope)
    cases = cases_of(node)
    if by_state and scope.state is not None and scope.kind is not None:
        case = find_case(cases, scope.state, scope.kind.lifecycle)
        # A constant case stays a constant: a member that is always absent costs nothing.
        return Constant(default) if case is None else compile_case(case, scope)
    selector = compile_value(node.entries[0][1], scope)
    compiled = {key: compile_case(case, scope) for key, case in cases.items()}
    if by_state and scope.kind is not None:
        # The groups of states are written out, so that one look-up finds the case.
        for state in scope.kind.lifecycle.states:
            case = find_case(compiled, state, scope.kind.lifecycle)
            if case is not None:
                compiled[state] = case
    fallback = compiled.get(_ELSE, Constant(default))

    def choose(facts: Facts) -> Compiled:
        return compiled.get(case_key(selector(facts)), fallback)(facts)

    return choose


def _compile_first(node: Node, scope: Scope) -> Render:
    options = [compile_value(item, scope) for item in node.entries[0][1].items]

    def first(facts: Facts) -> Any:
        value: Any = ABSENT
        for option in options:
            value = option(facts)
            if value is not None and value is not ABSENT:
                return value
        return value

    return first


def _compile_with(node: Node, scope: Scope) -> Render:
    base = compile_value(node.entries[0][1], scope)
    others = _compile_mapping({key.text: compile_value(value, scope) for key, value in node.entries[1:]})
    removed = frozenset(key.text for key, value in node.entries[1:] if value.text == "$absent")

    def lay_over(facts: Facts) -> Any:
        merged = {**base(facts), **others(facts)}
        return {name: value for name, value in merged.items() if name not in removed}

    return lay_over


def _compile_time(node: Node, scope: Scope) -> Render:
    name_node = node.entries[0][1]
    name = name_node.text.removeprefix("$")
    getter = find_instant(name_node, name.removesuffix("?"), scope)
    if getter is None:
        message = f"`{name_node.text}` is no instant"
        scope.tables.diagnostics.add("PCK008", message, name_node, "Write $created, $ended, $entered.STATE or $time.X.")
        return Constant(None)
    formatted = _formatted(getter, TIME_FORMATS[member(node, "as").text])
    if not name.endswith("?"):
        return formatted
    return _absent_if_missing(formatted)


_SPECIAL_FORMS: Final[Mapping[str, Callable[[Node, Scope], Render]]] = {
    BY: lambda node, scope: compile_table(node, scope, compile_value, ABSENT),
    "$first": _compile_first,
    "$time": _compile_time,
    "$with": _compile_with,
}
"""By the first key of the mapping."""
_NO_FACTS: Final[Any] = None
"""The facts for constants, which read none."""
