"""A scenario as values: what the engine plays and what the runner asks. Nothing here knows that it came from a file,
but for the line numbers that a failed step points at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration, Instant
from mockserver.vendors.script import NO_SCRIPT, Script

Pairs = tuple[tuple[str, str], ...]
"""Names and values in the file's order; a name may repeat."""


class ClockSetting(NamedTuple):
    """What a scenario says about its session's clock; None leaves it to whoever starts the session."""

    start: Instant | None = None
    rate: float | None = None
    """1 real time, 0 manual, 60 a minute in a second: `core.clock.Clock.rate`."""


class Expect(NamedTuple):
    """What an answer must be."""

    status: int | None = None
    """None: any 2xx."""
    body: Any = None
    """A part of the JSON body; None: anything. `{base}` in a text stands for where the vendor's URLs begin, `{job}`
    for the job's id."""
    headers: Pairs = ()
    reason: str = ""
    """The vendor's machine-readable reason; empty: any."""
    absent: tuple[str, ...] = ()
    """JSON pointers (RFC 6901) to what the body must not have."""
    line: int = 0


ANYTHING: Final = Expect()
UNSET_CLOCK: Final = ClockSetting()


class HttpCall(NamedTuple):
    """A request that no operation's name stands for."""

    method: str
    path: str
    """`{job}` in it stands for the step's job."""
    body: Any = None
    """Text is sent as it is, anything else as JSON; None: no body."""


@dataclass(frozen=True)
class PlayStep:
    """One step of a play; exactly one of `operation`, `call`, `move` and `ledger` is set."""

    at: Duration
    """When, counted from the session's start: `at` and `after` are worked out, steps never go back in time."""
    line: int
    column: int
    operation: str = ""
    call: HttpCall | None = None
    move: str = ""
    """The state to move the job to."""
    ledger: Mapping[str, int] = field(default_factory=dict)
    """How many bookings of each kind the job has by now."""
    expect: Expect = ANYTHING
    name: str = ""
    """What later steps call the job that this one creates."""
    job: str = ""
    """A name, or the id of a job; empty: the only or the latest created one of the kind that the step is about."""
    send: Any = None
    """The request's body, whole (text as it is, anything else as JSON); None: the vendor's example."""
    query: Pairs = ()
    headers: Pairs = ()
    key: str = ""
    """The API key of this request; empty: the session's."""
    times: int = 1
    every: Duration = 0
    """Between two repetitions."""

    @property
    def ends(self) -> Duration:
        """When its last repetition is done."""
        return self.at + (self.times - 1) * self.every


@dataclass(frozen=True)
class Scenario:
    """One scenario file, compiled and checked against its vendor's tables."""

    name: str
    vendor: str
    title: str = ""
    source: str = ""
    """The sentence of the vendor's page that it stands for."""
    date: str = ""
    """The date the file pins the vendor to; empty: the newest era."""
    seed: str = ""
    clock: ClockSetting = UNSET_CLOCK
    script: Script = NO_SCRIPT
    play: tuple[PlayStep, ...] = ()
    off_contract: Mapping[str, str] = field(default_factory=dict)
    """The contract's rules that it breaks on purpose, and why."""
    path: str = ""
    text: str = ""
    """The file as it was read."""
