"""The machine's clock."""

import time

from mockserver.core.instants import Instant


def wall_clock() -> Instant:
    """Return what the machine's clock reads: the only place where the server reads it."""
    return time.time_ns() // 1_000
