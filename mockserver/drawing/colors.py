"""The color of a state by its name; a vendor's words for the same thing look alike."""

import re
from typing import Final

STATE_COLORS: Final = (
    ("cancelling", "stop"), ("canceling", "stop"), ("cancel", "halt"), ("fail", "bad"), ("error", "bad"),
    ("expired", "late"), ("delet", "gone"), ("complet", "good"), ("ready", "good"), ("succe", "good"),
    ("queue", "first"), ("pend", "first"), ("process", "busy"), ("run", "busy"), ("progress", "busy"),
)  # fmt: skip
"""The color of a state by the start of a word in its name; the first that matches wins."""
OTHER_COLOR: Final = "next"
OTHER_TERMINAL_COLOR: Final = "gone"


def state_color(state: str, *, is_terminal: bool = False) -> str:
    """Return the name of a state's color, which the stylesheet defines as `s-NAME`."""
    words = re.findall("[a-z]+", state.lower())
    default = OTHER_TERMINAL_COLOR if is_terminal else OTHER_COLOR
    return next((color for start, color in STATE_COLORS if any(word.startswith(start) for word in words)), default)
