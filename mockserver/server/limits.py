"""Numbers that several parts of the server share."""

from typing import Final

YIELD_EVERY: Final = 200
"""Jobs of an index that are folded before other requests get a turn: some milliseconds."""
COUNT_MEMORY_EVERY: Final = 16
"""Requests of a session between two looks at how much memory it takes."""
COUNTED_BODY_BYTES: Final = 10_000
"""Bytes of a request's body above which the session is looked at in any case."""
LARGE_SESSION: Final = 5_000
"""Jobs of a vendor from which on a list's index is brought up to date in slices."""
PREPARED_BODY_BYTES: Final = 100_000
"""Bytes of a request's body above which it is decoded and checked in a thread: a millisecond's work."""
