"""Opens the log that a location names: `sqlite:PATH`, `redis://HOST:PORT/0`."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from mockserver.core.instants import Instant
from mockserver.errors import refuse, refuse_unknown
from mockserver.stores.log import SessionLog
from mockserver.stores.redis_link import SCHEMES, without_secrets

MEMORY: Final = "memory"
"""The location that keeps nothing."""


def sqlite_path(location: str) -> Path:
    """Return the file of `PATH`, or of `sqlite:PATH`. Raises `MockError` SRV035 for a URL, and for another store."""
    path = location.removeprefix("sqlite:")
    if path.startswith("//"):
        hint = f"Write sqlite:{path.lstrip('/')} or, from the root, sqlite:/{path.lstrip('/')}."
        raise refuse("SRV035", f"{location!r} is a URL, and sqlite: takes a path", hint)
    scheme, _, rest = path.partition("://")
    if scheme in SCHEMES and rest:
        hint = "`mockserver sessions export` writes a session of a running server."
        raise refuse("SRV035", f"{scheme}: is no file, and `mockserver store` works on that of sqlite:PATH", hint)
    return Path(path).expanduser()


def open_sqlite(path: str, wall_now: Instant) -> SessionLog:
    """Open a file. Raises `MockError` SRV033, SRV034, or SRV035 for a URL."""
    # Imported late: most servers keep nothing.
    from mockserver.stores.sqlite import SqliteLog

    return SqliteLog(sqlite_path(f"sqlite:{path}"), wall_now)


def _open_redis(scheme: str, rest: str, wall_now: Instant) -> SessionLog:
    """Connect to Redis or Valkey. Raises `MockError` SRV031, SRV041, SRV043 or SRV044."""
    from mockserver.stores.redis import RedisLog
    from mockserver.stores.redis_link import RedisLink

    return RedisLog(RedisLink(f"{scheme}:{rest}"))


def public_location(location: str) -> str:
    """Return a location without user, password and options, for messages."""
    return without_secrets(location) if "://" in location else location


OPENERS: Final[Mapping[str, Callable[[str, Instant], SessionLog]]] = {
    "sqlite": open_sqlite,
    **{scheme: partial(_open_redis, scheme) for scheme in SCHEMES},
}
"""What opens a location, by its scheme; it gets what stands behind the colon, and the time."""


def open_log(location: str, wall_now: Instant) -> SessionLog | None:
    """Open the log of a location; None: `memory`, which keeps nothing. Raises `MockError` SRV033, SRV034 or SRV035."""
    if location == MEMORY:
        return None
    scheme, _, rest = location.partition(":")
    if scheme not in OPENERS or not rest:
        allowed = ("sqlite:PATH", "redis://HOST:PORT/0", MEMORY)
        hint = f"--store takes {' or '.join(allowed)}."
        if ":" not in location and Path(location).suffix:
            hint = f"Write sqlite:{location} for a file; {hint}"
        raise refuse_unknown("SRV035", "store", location, allowed, hint)
    return OPENERS[scheme](rest, wall_now)
