"""Mappings of which a part may be missing: members of a draft without a value, members of a document without a form."""

from typing import Any

Entry = dict[str, Any]
"""A mapping of a drafted pack."""


def given(**members: Any) -> dict[str, Any]:
    """Return the members that have a value: not None, empty or zero."""
    return {name: value for name, value in members.items() if value}


def mapping_or_empty(value: Any) -> dict[str, Any]:
    """Return a mapping, and the empty one for anything else."""
    if isinstance(value, dict):
        return value
    return {}


def list_or_empty(value: Any) -> list[Any]:
    """Return a list, and the empty one for anything else."""
    if isinstance(value, list):
        return value
    return []
