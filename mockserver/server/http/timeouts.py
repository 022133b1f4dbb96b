"""How long a connection may be silent.

No connection has a timer of its own: one sweep every few seconds looks at each of them. So a request costs nothing
more, and a timeout is exact to the time between two sweeps.
"""

from typing import Final, NamedTuple, Protocol, runtime_checkable


class ConnectionTimeouts(NamedTuple):
    """Seconds of real time."""

    idle_seconds: float = 75.0
    """Without a request, or without reading an answer."""
    head_seconds: float = 15.0
    """For the head of a request, from its first byte to its last."""
    sweep_seconds: float = 5.0
    """Between two sweeps."""


DEFAULT_TIMEOUTS: Final = ConnectionTimeouts()


@runtime_checkable
class SweptConnection(Protocol):
    """A connection that can be asked whether it is still of use."""

    def sweep(self, timeouts: ConnectionTimeouts) -> None:
        """Count one sweep, and end the connection if it has been silent for too long."""
