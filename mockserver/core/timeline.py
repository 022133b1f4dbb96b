"""The scripted course of a job: states, and how long each lasts.

A timeline has three drivers, mixed freely: a stay lasts a time (`Timed`), a number of answered polls (`Polls`), or
until the job is moved (`Manual`). The last step of a timeline has no end (`NO_END`).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration


class Timed(NamedTuple):
    """A stay of a fixed time. Half open: at its end the next state has begun."""

    duration: Duration


class Polls(NamedTuple):
    """A stay of a number of answered reads: `Polls(3)` is shown three times, and the fourth read moves first."""

    reads: int


class Manual(NamedTuple):
    """A stay until a cancel, a deadline or a move ends it."""


Stay = Timed | Polls | Manual

NO_END: Final = Manual()
EMPTY_MAPPING: Final[Mapping[str, Any]] = MappingProxyType({})


class TimelineStep(NamedTuple):
    """One state of a timeline, in the vendor's spelling."""

    state: str
    stay: Stay = NO_END
    progress: tuple[int, int] | None = None
    """Percentage at the start and at the end of the stay; None leaves it to the vendor."""
    fields: Mapping[str, Any] = EMPTY_MAPPING
    """Values in the body during this step, over the vendor's own."""
    line: int = 0
    """The line of the scenario file, from 1; 0 for a vendor's default."""


Timeline = tuple[TimelineStep, ...]


def driven_by_time(timeline: Timeline) -> bool:
    """Return whether polls change nothing: no stay counts them."""
    return not any(isinstance(step.stay, Polls) for step in timeline)
