"""Options whose value is written in the scenario language, or as JSON: `--do '{status: 503, retry_after: 30s}'`.

They are read and checked by the language's own reader and tables, so that a mistake gets the message that it gets in a
scenario, with its place in the option.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import click

from mockserver.errors import MockError, Problem
from mockserver.scenario.diagnostics import LINE_BREAK, Diagnostics
from mockserver.scenario.nodes import Node, node_to_json
from mockserver.scenario.reader import read_yaml
from mockserver.scenario.shapes import Shape

CheckMeaning = Callable[[Node, Diagnostics], object]
"""Checks a mapping of the right shape against a vendor's tables, and reports what is wrong with it."""


_PLAIN_TEXT: Final = re.compile(r"[A-Za-z][\w.-]*(?: [\w.-]+)*|\d+(?:\.\d+)?(?:ms|[dhms])", re.ASCII)
"""A text that needs no quotes; words that YAML readers take for something else get them."""
_NOT_TEXT: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


class FlowOptions:
    """Options as the keys of one mapping of the scenario language."""

    def __init__(self) -> None:
        self._root = Node("mapping", 1, 1)
        self._texts: list[str] = []
        self._option_by_line: dict[int, tuple[str, int]] = {}
        """The option of each line of all texts, and the line in front of its first."""

    def add_text(self, key: str, option: str, text: str | None) -> None:
        """Add a key whose value is a text as it is, or a list of such if it begins with `[`. None adds nothing."""
        if text is None:
            return
        if text.startswith("["):
            self.add(key, option, text)
        else:
            self._add(key, option, text, Node("scalar", 1, 1, text))

    def add(self, key: str, option: str, text: str | None) -> None:
        """Add a key whose value is read as YAML. None adds nothing. Raises `MockError` SCN002 to SCN010."""
        if text is None:
            return
        self._add(key, option, text, _read_option(option, text))

    def check(self, shape: Shape, check_meaning: CheckMeaning) -> dict[str, Any]:
        """Return the mapping as JSON. Raises `MockError` with all problems, each at its place in its option."""
        diagnostics = Diagnostics("", "\n".join(self._texts))
        shape.check(self._root, diagnostics)
        check_meaning(self._root, diagnostics)
        try:
            diagnostics.raise_if_any()
        except MockError as error:
            raise MockError(*map(self.in_option, error.problems)) from None
        fields: dict[str, Any] = node_to_json(self._root)
        return fields

    def _add(self, key: str, option: str, text: str, value: Node) -> None:
        lines = LINE_BREAK.split(text)
        before = len(self._option_by_line)
        for line in range(1, len(lines) + 1):
            self._option_by_line[before + line] = (option, before)
        self._texts += lines
        for node in all_nodes(value):
            node.line += before
        value.parent, value.path_segment = self._root, key
        value.key = Node("scalar", before + 1, 1, key, parent=self._root, path_segment=key)
        self._root.entries.append((value.key, value))

    def in_option(self, problem: Problem) -> Problem:
        """Return a problem with its place in the option, instead of that in all texts."""
        found = self._option_by_line.get(problem.location.line)
        if found is None:
            return problem
        option, before = found
        return problem._replace(location=problem.location._replace(file=option, line=problem.location.line - before))


def read_json_option(option: str, text: str) -> Mapping[str, Any]:
    """Return an option's mapping, written as YAML or JSON. Raises `MockError` SCN002 to SCN010, `click.UsageError`."""
    node = _read_option(option, text)
    if node.node_type != "mapping":
        raise click.UsageError(f"{option} takes a mapping such as '{{name: value}}'.")
    fields: dict[str, Any] = node_to_json(node)
    return fields


def _read_option(option: str, text: str) -> Node:
    if not text.strip():
        raise click.UsageError(f"{option} is empty.")
    try:
        node, diagnostics = read_yaml(text, option)
        diagnostics.raise_if_any()
    except MockError as error:
        raise MockError(*(clamp_to_text(text, problem) for problem in error.problems)) from None
    return node


def clamp_to_text(text: str, problem: Problem) -> Problem:
    """Return a problem behind the end of a text (an open bracket) as one at its end."""
    lines = LINE_BREAK.split(text)
    if problem.location.line <= len(lines):
        return problem
    at_end = problem.location._replace(line=len(lines), column=len(lines[-1]) + 1)
    return problem._replace(location=at_end, excerpt=lines[-1])


def all_nodes(root: Node) -> Iterator[Node]:
    """Yield a node, its keys, and everything in it."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.items
        for key, value in node.entries:
            waiting += (key, value)


def flow_text(value: Any) -> str:
    """Render a JSON value in flow form, as an option takes it: `{status: 503, retry_after: 30s}`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow_text(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow_text, value)) + "]"
    if isinstance(value, str) and _PLAIN_TEXT.fullmatch(value) and value.casefold() not in _NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)
