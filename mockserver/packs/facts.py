"""What a value of a pack is rendered from: a job's snapshot, the call, and what the place of the value adds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from mockserver.core.instants import Instant
from mockserver.core.job import Job, JobPlan
from mockserver.core.lifecycle import Lifecycle
from mockserver.core.timeline import EMPTY_MAPPING, TimelineStep
from mockserver.vendors.commands import JobSnapshot, snapshot


class Missing(Enum):
    """The one value that stands for "there is no value": a member that has it is left out."""

    ABSENT = "absent"


ABSENT: Final = Missing.ABSENT


_NO_STATES: Final = Lifecycle("", ("",), (), frozenset())
NO_SNAPSHOT: Final = snapshot(Job("", 0, 0, {}, JobPlan(_NO_STATES, (TimelineStep(""),))), 0)
"""The snapshot of an answer that is about no job: its names have no value."""


@dataclass(slots=True, kw_only=True)
class Facts:
    """The facts that the names of values stand for."""

    at: Instant
    """The instant at which everything is shown."""
    base_url: str = ""
    seed: str = ""
    now: JobSnapshot = NO_SNAPSHOT
    """The job at that instant."""
    call: Any = None
    """The call; None in a webhook, where no name needs it."""
    extra: Mapping[str, Any] = field(default_factory=lambda: EMPTY_MAPPING)
    """What the place adds, by the first part of a name: `error`, `mistake`, `page`, `limit`, `event`, `item`."""


def facts_of(call: Any, now: JobSnapshot = NO_SNAPSHOT) -> Facts:
    """Return the facts of a call, and of the job that it is about."""
    return Facts(at=call.now, base_url=call.base_url, seed=call.seed, call=call, now=now)


Render = Callable[[Facts], Any]
"""A compiled value."""
