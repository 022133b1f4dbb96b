"""Where a value of a pack stands: which names exist there, and the tables that they read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job
from mockserver.core.lifecycle import Lifecycle
from mockserver.packs.facts import Render
from mockserver.packs.ids import IdForm
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node
from mockserver.vendors.api import LedgerEntry
from mockserver.vendors.commands import JobSnapshot


class Place(StrEnum):
    """A group of names that exist together."""

    JOB = "about a job"
    CALL = "in an answer"
    ERROR = "in an error"
    MISTAKE = "in a mistake of a request"
    MISTAKES = "in an error about a request"
    PAGE = "in a list"
    LIMIT = "with a rate limit"
    EVENT = "in a webhook"
    ITEM = "about an item"
    SNIPPET = "in the snippet"


class NamedTime(NamedTuple):
    """An instant that follows from a job's history: `after` a state was entered, the creation or the end."""

    start: str
    """`created`, `ended` or a state."""
    after: Duration

    def instant(self, now: JobSnapshot) -> Instant | None:
        """Return the instant in the life of a job; None where its start has not been reached."""
        match self.start:
            case "created":
                start: Instant | None = now.job.created
            case "ended":
                start = now.ended_at
            case state:
                start = now.entered_at.get(state)
        if start is None:
            return None
        return start + self.after


@dataclass(slots=True, kw_only=True)
class KindTables:
    """What the names of a job's values read of its kind; filled while the kind is compiled."""

    name: str
    lifecycle: Lifecycle
    body: Node | None = None
    times: Mapping[str, NamedTime] = field(default_factory=dict)
    deadlines: Mapping[str, Callable[[JobSnapshot], Instant | None]] = field(default_factory=dict)
    ledger: Callable[[Job, Instant], tuple[LedgerEntry, ...]] = lambda job, now: ()
    progress: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """The progress of the states whose step names none, as in the kind's own course."""
    hidden_fields: frozenset[str] = frozenset()
    """Scripted fields that only `$field` reads."""


@dataclass(frozen=True, kw_only=True)
class EraTables:
    """What the names of an era's values read of the rest of the pack."""

    diagnostics: Diagnostics
    time_format: str
    parts: Mapping[str, Node]
    ids: Mapping[str, IdForm]
    urls: Mapping[str, Render]
    """By operation: the address of the operation about the job."""
    addresses: Mapping[str, Render] = field(default_factory=dict)
    """By operation: the address of an operation about no job."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The scope of one value."""

    tables: EraTables
    places: frozenset[Place]
    kind: KindTables | None = None
    """None: the value is about no job."""
    state: str | None = None
    """The state for which the value is compiled; None: for any."""
    open_parts: tuple[str, ...] = ()
    """The parts that are being compiled, for one that contains itself."""
    uses: set[str] = field(default_factory=set)
    """The roots of the names that were compiled in this scope, and in those made from it."""

    def with_places(self, *places: Place) -> "Scope":
        """Return the scope with more names."""
        return replace(self, places=self.places | frozenset(places))
