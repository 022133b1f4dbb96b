"""The members of a drafted mapping that are there only where they have a value."""

from typing import Any


def given(**members: Any) -> dict[str, Any]:
    """Return the members that have a value: not None, empty or zero."""
    return {name: value for name, value in members.items() if value}
