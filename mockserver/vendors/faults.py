"""Faults as values: what goes wrong on purpose, when, and at which of four points of an answer's way.

A fault alters answers, never jobs. Each kind of fault is an `Effect` that overrides one of four methods, so whoever
applies them knows none by name: it may answer *instead* of the operation, change what a read *sees*, make something
else of the answer (*becomes*), or say how it is *sent*. Everything is decided by numbers that are passed in and by
hashes of the seed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from mockserver.core.ids import seeded_bytes
from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job
from mockserver.core.timeline import EMPTY_MAPPING
from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response

if TYPE_CHECKING:
    from mockserver.vendors.api import Call, Operation

_HASH_RANGE: Final = 1 << 64


class SeededChoice(NamedTuple):
    """The choices of one occasion: a hash of (seed, fault, job, operation, n-th), so that asking twice is the same."""

    seed: str
    path: tuple[str | int, ...]

    def bytes(self, purpose: str, size: int = 8) -> bytes:
        """`size` bytes for a purpose."""
        return seeded_bytes(self.seed, "fault", *self.path, purpose, size=size)

    def chance(self, rate: float) -> bool:
        """Whether a chance of that rate (0 to 1) comes up."""
        return int.from_bytes(self.bytes("rate")) < rate * _HASH_RANGE


class ViewOverride(NamedTuple):
    """What a read sees instead of the present."""

    now: Instant
    """The instant it looks at."""
    alter_job: Callable[[Job], Job | None]
    """A job -> the job as it is shown; None where it does not exist yet."""


@dataclass(frozen=True)
class Effect:
    """What a fault does. A kind overrides one of the four methods; left alone, each changes nothing."""

    keyword: ClassVar[str]
    """Its key under `do`."""
    reads_only: ClassVar[bool] = False
    """Whether it concerns only operations that read."""
    combinable: ClassVar[bool] = False
    """Whether it goes with another; of the others, one happens to an answer."""
    trustworthy: ClassVar[bool] = True
    """Whether the answer still says how the service is: a judge takes another one for lost."""

    @property
    def may_break_contract(self) -> bool:
        """Whether it puts words into the fake's mouth, which could then break the captured contract."""
        return False

    @property
    def takes_effect(self) -> bool:
        """Whether the request takes effect though its answer is replaced."""
        return False

    def replace(self, call: "Call") -> Response | None:
        """The answer that is given instead of the operation's own."""
        return None

    def override_view(self, now: Instant) -> ViewOverride | None:
        """What a read at `now` sees instead of the present."""
        return None

    def transform(self, response: Response) -> Response:
        """What is made of the answer."""
        return response

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """How the answer is sent, given how it would be."""
        return transmission


@dataclass(frozen=True)
class FaultCondition:
    """On which occasions a fault happens: all that is said must hold; nothing said: always."""

    calls: frozenset[int] = frozenset()
    """The n-th calls that it concerns, from 1; empty: whichever."""
    polls_only: bool = False
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
    def counts_calls(self) -> bool:
        """Whether anything depends on the number of the call."""
        return bool(self.calls or self.times) or self.every > 1 or self.rate < 1

    def holds(self, number: int, occurrences: int, elapsed: Duration, choice: SeededChoice) -> bool:
        """Whether the `number`-th call (from 1) meets it, where it has happened `happened` times before."""
        return (
            (not self.calls or number in self.calls)
            and number % self.every == 0
            and (not self.times or occurrences < self.times)
            and self.since <= elapsed
            and (self.until is None or elapsed < self.until)
            and (self.rate >= 1 or choice.chance(self.rate))
        )


ALWAYS: Final = FaultCondition()


@dataclass(frozen=True)
class Fault:
    """One entry of a scenario's `faults`."""

    effects: tuple[Effect, ...]
    operations: frozenset[str] = frozenset()
    """Operations; empty: all of them."""
    job: str = ""
    """The id of a job, or what the client calls it; empty: all."""
    when: FaultCondition = ALWAYS
    source: Mapping[str, Any] = field(default_factory=lambda: EMPTY_MAPPING)
    """As it was written: `{on, job, when, do}`."""
    line: int = 0
    """Where the scenario file says so; 0 where no file does."""

    def applies_to(self, operation: "Operation") -> bool:
        """Whether calls of the operation are among those it counts."""
        return (
            (not self.operations or operation.name in self.operations)
            and (operation.polls or not self.when.polls_only)
            and (operation.method == "GET" or not any(effect.reads_only for effect in self.effects))
            and (not self.job or operation.about_one_job)
        )

    @property
    def may_break_contract(self) -> bool:
        """Whether it makes the fake say something else than the vendor would."""
        return any(effect.may_break_contract for effect in self.effects)

    @property
    def exclusive(self) -> bool:
        """Whether it has an effect of the kind of which only one can happen to an answer."""
        return any(not effect.combinable for effect in self.effects)
