"""Numbers that several parts of the server share."""

from typing import Final

YIELD_EVERY: Final = 1_000
"""Jobs created or replayed before other requests get a turn."""
LARGE_SESSION: Final = 5_000
"""Jobs of a vendor from which on a list's index is brought up to date in slices."""
