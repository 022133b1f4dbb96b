"""Writes a pack as YAML: sections as blocks, short mappings on one line, comments above what they are about."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.pack_draft.questions import Path
from mockserver.yamlio import yaml_scalar

MAX_WIDTH: Final = 110
"""Columns of a line; a longer value is written as a block."""
_SPACED: Final = 1
"""The level up to which an entry with a block stands apart: sections."""

Comments = Mapping[Path, list[str]]


def pack_text(pack: Mapping[str, Any], comments: Comments) -> str:
    """Return the text of a pack; `comments` has lines by the path of the key that they stand above."""
    lines = [f"# {comment}" for comment in comments.get((), ())]
    for key, value in pack.items():
        if lines and isinstance(value, dict | list):
            lines.append("")
        lines += _entry_lines((key,), value, comments, "")
    return "\n".join(lines) + "\n"


def _entry_lines(path: Path, value: Any, comments: Comments, indent: str) -> list[str]:
    """Return the lines of one key with its value."""
    lines = [f"{indent}# {comment}" for comment in comments.get(path, ())]
    head = f"{indent}{yaml_scalar(path[-1])}:"
    one_line = f"{head} {flow(value)}"
    has_comments = any(place[: len(path)] == path and len(place) > len(path) for place in comments)
    is_block = isinstance(value, dict | list) and value and (has_comments or len(one_line) > MAX_WIDTH)
    if len(path) == _SPACED and isinstance(value, dict) and value:
        is_block = True
    if not is_block:
        return [*lines, one_line]
    return [*lines, head, *_block_lines(path, value, comments, indent + "  ")]


def _block_lines(path: Path, value: Any, comments: Comments, indent: str) -> list[str]:
    if isinstance(value, dict):
        return [line for key, inner in value.items() for line in _entry_lines((*path, key), inner, comments, indent)]
    lines = []
    for number, inner in enumerate(value):
        one_line = f"{indent}- {flow(inner)}"
        if len(one_line) <= MAX_WIDTH or not isinstance(inner, dict | list) or not inner:
            lines.append(one_line)
            continue
        block = _block_lines((*path, str(number)), inner, comments, indent + "  ")
        lines += [f"{indent}- {block[0].lstrip()}", *block[1:]]
    return lines


def flow(value: Any) -> str:
    """Return a value in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{yaml_scalar(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return yaml_scalar(value)
