"""A scenario as values: what the engine plays and what the runner asks. Nothing here knows that it came from a file,
but for the line numbers that a failed step points at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration, Instant
from mockserver.vendors.script import NO_SCRIPT, Script

NameValuePairs = tuple[tuple[str, str], ...]
"""Names and values in the file's order; a name may repeat."""


class ClockSettings(NamedTuple):
    """What a scenario says about its session's clock; None leaves it to whoever starts the session."""

    start: Instant | None = None
    rate: float | None = None
    """1 real time, 0 manual, 60 a minute in a second: `core.clock.Clock.rate`."""


class RelativeTime(NamedTuple):
    """An instant that a job's course names."""

    state: str
    offset: Duration = 0
    """From when the job comes to the state; negative: before."""


class ExpectedAnswer(NamedTuple):
    """What an answer must be."""

    status: int | None = None
    """None: any 2xx."""
    body: Any = None
    """A part of the JSON body, with words in braces (`scenario.kept`) and comparisons (`core.comparing`); None:
    anything."""
    headers: NameValuePairs = ()
    reason: str = ""
    """The vendor's machine-readable reason; empty: any."""
    absent: tuple[str, ...] = ()
    """JSON pointers (RFC 6901) to what the body must not have."""
    line: int = 0
    no_answer: bool = False
    """Whether the client must get none."""
    one_of: tuple["ExpectedAnswer", ...] = ()
    """Answers of which it must be one; empty: only what is said above holds."""
    anything: bool = False
    """Whether whatever comes will do, even nothing."""


ANY_SUCCESS: Final = ExpectedAnswer()
ANY_OUTCOME: Final = ExpectedAnswer(anything=True)
UNSET_CLOCK: Final = ClockSettings()


@dataclass(frozen=True)
class ExpectedDeliveries:
    """What must have been sent to a receiver by now; None, or nothing, where it does not matter."""

    count: int | None = None
    events: tuple[str, ...] | None = None
    """Types, or ends of types, in the order of the sending."""
    answers: tuple[int | str, ...] | None = None
    """What each was answered."""
    signed: str = ""
    """What a verifier makes of each."""
    state: str = ""
    """Which ones are meant; empty: all that were sent."""
    body: Any = None
    """A part of the latest one's body."""
    headers: NameValuePairs = ()
    """Headers of the latest one."""


class HttpCall(NamedTuple):
    """A request that no operation's name stands for."""

    method: str
    path: str
    """With words in braces; one that stands for a whole URL may be all of it."""
    body: Any = None
    """Text is sent as it is, anything else as JSON; None: no body."""


@dataclass(frozen=True)
class PlayStep:
    """One step of a play; exactly one of `operation`, `call`, `move`, `ledger`, `deliveries` and `together` is set."""

    at: Duration
    """When, counted from the session's start: `at` and `after` are worked out, steps never go back in time. Behind a
    step with a `moment` it is the least that it can be."""
    line: int
    column: int
    operation: str = ""
    call: HttpCall | None = None
    move: str = ""
    """The state to move the job to."""
    ledger: Mapping[str, int] = field(default_factory=dict)
    """How many bookings of each kind the job has by now."""
    deliveries: ExpectedDeliveries | None = None
    """What must have been sent to a receiver by now."""
    expect: ExpectedAnswer = ANY_SUCCESS
    job_name: str = ""
    """What later steps call the job that this one creates."""
    job: str = ""
    """A name, or the id of a job; empty: the only or the latest created one of the kind that the step is about."""
    send: Any = None
    """The request's body, whole (text as it is, anything else as JSON); None: the vendor's example."""
    query: NameValuePairs = ()
    headers: NameValuePairs = ()
    key: str = ""
    """The API key of this request; empty: the session's; `none`: none at all."""
    times: int = 1
    every: Duration = 0
    """Between two repetitions."""
    from_start: bool = False
    """Whether `at` counts from the session's start whatever came before."""
    relative_time: RelativeTime | None = None
    """When, by the course of the step's job: known when the step is due."""
    keep: NameValuePairs = ()
    """Names for values of the answer: JSON pointers, or headers' names."""
    timeout: Duration | None = None
    """How long the client waits for an answer, on the session's clock; None: for ever."""
    request_name: str = ""
    """What a request of a group is called."""
    together: tuple["PlayStep", ...] = ()
    """Requests that are all sent before any is answered."""
    order: tuple[int, ...] = ()
    """Their places, in the order in which they are handled."""
    outcomes: tuple[ExpectedAnswer, ...] = ()
    """Their answers, one for each, whoever gets which; empty: each says what it expects."""

    @property
    def ends_at(self) -> Duration:
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
    catches: str = ""
    """The mistake of a client that it catches."""
    date: str = ""
    """The date the file pins the vendor to; empty: the newest era."""
    seed: str = ""
    clock: ClockSettings = UNSET_CLOCK
    script: Script = NO_SCRIPT
    play: tuple[PlayStep, ...] = ()
    off_contract: Mapping[str, str] = field(default_factory=dict)
    """The contract's rules that it breaks on purpose, and why."""
    path: str = ""
    text: str = ""
    """The file as it was read."""
