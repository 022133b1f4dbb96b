"""Faults as values: what goes wrong on purpose, when, and at which of four points of an answer's way.

A fault alters answers, never jobs. Each kind of fault is an `Effect` that overrides one of four methods, so whoever
applies them knows none by name: it may answer *instead* of the operation, change what a read *sees*, make something
else of the answer (*becomes*), or say how it is *sent*. Everything is decided by numbers that are passed in and by
hashes of the seed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from mockserver.core.ids import digest
from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job
from mockserver.core.sending import Sending
from mockserver.core.timeline import NOTHING
from mockserver.core.wire import Response

if TYPE_CHECKING:
    from mockserver.vendors.api import Call, Operation

_WHOLE: Final = 1 << 64


class Draw(NamedTuple):
    """The choices of one occasion: a hash of (seed, fault, job, operation, n-th), so that asking twice is the same."""

    seed: str
    path: tuple[str | int, ...]

    def bytes(self, what: str, size: int = 8) -> bytes:
        """`size` bytes for a purpose."""
        return digest(self.seed, "fault", *self.path, what, size=size)

    def below(self, rate: float) -> bool:
        """Whether a chance of that rate (0 to 1) comes up."""
        return int.from_bytes(self.bytes("rate")) < rate * _WHOLE


class Sight(NamedTuple):
    """What a read sees instead of the present."""

    now: Instant
    """The instant it looks at."""
    alter: Callable[[Job], Job | None]
    """A job -> the job as it is shown; None where it does not exist yet."""


@dataclass(frozen=True)
class Effect:
    """What a fault does. A kind overrides one of the four methods; left alone, each changes nothing."""

    word: ClassVar[str]
    """Its key under `do`."""
    reads: ClassVar[bool] = False
    """Whether it concerns only operations that read."""
    combines: ClassVar[bool] = False
    """Whether it goes with another; of the others, one happens to an answer."""
    true: ClassVar[bool] = True
    """Whether the answer still says how the service is: a judge takes another one for lost."""

    @property
    def speaks(self) -> bool:
        """Whether it puts words into the fake's mouth, which could then break the captured contract."""
        return False

    @property
    def handled(self) -> bool:
        """Whether the request takes effect though its answer is replaced."""
        return False

    def instead(self, call: "Call") -> Response | None:
        """The answer that is given instead of the operation's own."""
        return None

    def sight(self, now: Instant) -> Sight | None:
        """What a read at `now` sees instead of the present."""
        return None

    def becomes(self, response: Response) -> Response:
        """What is made of the answer."""
        return response

    def sent(self, response: Response, sending: Sending, draw: Draw) -> Sending:
        """How the answer is sent, given how it would be."""
        return sending


@dataclass(frozen=True)
class When:
    """On which occasions a fault happens: all that is said must hold; nothing said: always."""

    calls: frozenset[int] = frozenset()
    """The n-th calls that it concerns, from 1; empty: whichever."""
    polls: bool = False
    """Whether only polls concern it."""
    every: int = 1
    times: int = 0
    """How often it happens at most; 0: no limit."""
    since: Duration = 0
    """From here on, counted from the session's start."""
    until: Duration | None = None
    """And before there."""
    rate: float = 1.0

    @property
    def counts(self) -> bool:
        """Whether anything depends on the number of the call."""
        return bool(self.calls or self.times) or self.every > 1 or self.rate < 1

    def holds(self, number: int, happened: int, elapsed: Duration, draw: Draw) -> bool:
        """Whether the `number`-th call (from 1) meets it, where it has happened `happened` times before."""
        return (
            (not self.calls or number in self.calls)
            and number % self.every == 0
            and (not self.times or happened < self.times)
            and self.since <= elapsed
            and (self.until is None or elapsed < self.until)
            and (self.rate >= 1 or draw.below(self.rate))
        )


ALWAYS: Final = When()


@dataclass(frozen=True)
class Fault:
    """One entry of a scenario's `faults`."""

    effects: tuple[Effect, ...]
    on: frozenset[str] = frozenset()
    """Operations; empty: all of them."""
    job: str = ""
    """The id of a job, or what the client calls it; empty: all."""
    when: When = ALWAYS
    told: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """As it was written: `{on, job, when, do}`."""
    line: int = 0
    """Where the scenario file says so; 0 where no file does."""

    def concerns(self, operation: "Operation") -> bool:
        """Whether calls of the operation are among those it counts."""
        return (
            (not self.on or operation.name in self.on)
            and (operation.polls or not self.when.polls)
            and (operation.method == "GET" or not any(effect.reads for effect in self.effects))
            and (not self.job or operation.picks)
        )

    @property
    def speaks(self) -> bool:
        """Whether it makes the fake say something else than the vendor would."""
        return any(effect.speaks for effect in self.effects)

    @property
    def exclusive(self) -> bool:
        """Whether it has an effect of the kind of which only one can happen to an answer."""
        return any(not effect.combines for effect in self.effects)
