"""How a vendor tells of its jobs unasked: which events, to whom, in which words, how often it tries.

All of it is pure: events derive from a job's course as its state does, and a delivery is written for an instant that
somebody names. Who sends it, when, and what came of it is `engine.deliveries`' business.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job
from mockserver.core.timeline import NOTHING
from mockserver.vendors.hooks import Hook
from mockserver.vendors.signatures import Signature


class Event(NamedTuple):
    """Something about a job that is worth telling."""

    at: Instant
    key: str
    """Unique for the job: an event is told under one key, whatever the number of attempts."""
    type: str
    more: Mapping[str, Any] = NOTHING
    """What the job at the instant of telling does not know any more."""


class Destination(NamedTuple):
    """Whom a job's events are told."""

    url: str
    """Empty: the session's own receiver."""
    secret: str
    """Empty: unsigned."""
    events: frozenset[str]
    """The types that are told."""


class Letter(NamedTuple):
    """What is to be written: one attempt to tell one event."""

    job: Job
    event: Event
    attempt: int
    at: Instant
    """The instant at which the body is right."""
    stamp: Instant
    """The instant that the signature carries."""
    secret: str
    """Empty: unsigned."""
    base_url: str
    """Where the vendor's paths begin, without a slash at the end."""
    seed: str


class Written(NamedTuple):
    """A delivery as it is sent."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    event_id: str
    """The same for each attempt to tell an event; empty where the vendor has none."""


class Places(NamedTuple):
    """Where the body of a delivery says what it is about: the keys that lead there; none where it does not say."""

    event: tuple[str, ...] = ("type",)
    job: tuple[str, ...] = ("data", "id")
    attempt: tuple[str, ...] = ("delivery", "attempt")


USUAL: Final = Places()


@dataclass(frozen=True)
class Notices:
    """How one kind of job tells of itself in one era."""

    types: tuple[str, ...]
    """Every type of event there is."""
    default: tuple[str, ...]
    """The types that are told where nobody chose."""
    events: Callable[[Job, frozenset[str]], Iterable[Event]]
    """(job, types that are told) -> the events of its course and of its future as it is now, in order of time."""
    where: Callable[[Job, Hook | None], Destination | None]
    """(job, the session's endpoint) -> whom its events are told; None: nobody."""
    write: Callable[[Letter], Written]
    delays: tuple[Duration, ...]
    """Between a failed attempt and the next one; after the last of them there is none."""
    timeout: Duration
    """How long the receiver may take."""
    accepts: Callable[[int, bytes], str]
    """(status, beginning of the body) -> why that is no delivery; empty where it is one."""
    names: Callable[[str], str] = lambda word: word
    """What a word means that is neither a type nor the end of one."""
    signature: Callable[[Mapping[str, str]], Signature | None] | None = None
    """What the headers of a delivery (in lower case) carry of a signature; None: the vendor signs nothing."""
    places: Places = USUAL
    named: bool = False
    """Whether a create names the endpoint that its job's events go to."""

    def chosen(self, *lists: Iterable[str]) -> frozenset[str]:
        """The types that are told: those of the first list that names any, else the usual ones."""
        for listed in lists:
            found = frozenset(map(self.meant, listed)) - {""}
            if found:
                return found
        return frozenset(self.default)

    def meant(self, word: str) -> str:
        """The type that a word means: a type, the end of one, or as the vendor has it; empty where it means none."""
        ends = (one for one in self.types if one.endswith(f".{word}"))
        found = word if word in self.types else next(ends, "") or self.names(word)
        return found if found in self.types else ""
