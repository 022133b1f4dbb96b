"""Servers that shorten the logs of their sessions all the time: a short test would not meet it otherwise."""

import pytest

from mockserver.server.kept import kept_sessions, replica
from mockserver.stores import redis


def shorten_often(patch: pytest.MonkeyPatch, entries: int = 20) -> None:
    """Let the servers of this process shorten a log after so many entries, and leave few of them to those behind."""
    patch.setattr(replica, "MAX_CHANGES", entries)
    patch.setattr(replica, "BYTES_PER_CHANGE", 1_000_000)
    patch.setattr(redis, "KEPT_ENTRIES", 3)
    patch.setattr(kept_sessions, "UPKEEP_SECONDS", 0.001)
