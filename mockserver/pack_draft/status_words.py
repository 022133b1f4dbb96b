"""What the name of a status says about it: whether it waits, works or ends a job, and how it ends it.

guess_lifecycle(["failed", "queued", "done"]).states == ("queued", "done", "failed")
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Final


class Stage(IntEnum):
    """Where in a job's life a state is; the order is that of the drafted states."""

    WAITING = 1
    WORKING = 2
    CANCELLING = 3
    SUCCEEDED = 4
    FAILED = 5
    EXPIRED = 6
    CANCELLED = 7


TERMINAL: Final = frozenset({Stage.SUCCEEDED, Stage.FAILED, Stage.EXPIRED, Stage.CANCELLED})
_WORDS: Final[Mapping[Stage, str]] = {
    Stage.WAITING: "queued queue waiting pending created accepted submitted received scheduled new notstarted "
    "unstarted initialized initial starting throttled validating preparing draft requested enqueued placed "
    "open registered",
    Stage.WORKING: "running processing inprogress progress progressing started working executing active generating "
    "rendering uploading finalizing finalising indexing training transcoding encoding retrying busy printing building "
    "analyzing analysing ingesting making ongoing paused requiresaction",
    Stage.CANCELLING: "cancelling canceling stopping aborting terminating cancelrequested cancellationrequested",
    Stage.SUCCEEDED: "succeeded success successful completed complete done finished ready ended ok processed published "
    "delivered resolved closed fulfilled generated",
    Stage.FAILED: "failed failure error errored rejected incomplete invalid faulted crashed unsuccessful "
    "partiallyfailed partialfailure",
    Stage.EXPIRED: "expired timeout timedout timedoutexpired lapsed",
    Stage.CANCELLED: "cancelled canceled aborted stopped terminated revoked withdrawn deleted",
}
_STAGE_OF_WORD: Final = {word: stage for stage, words in _WORDS.items() for word in words.split()}
MAX_STATUSES: Final = 60
"""Statuses of one kind; the others are left out."""
_READY: Final = "ready"
_MAX_NAME: Final = 60
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHER: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class LifecycleGuess:
    """The states of a kind of job, in order, with the stage of each."""

    stages: Mapping[str, Stage]
    """By state, in the order of the states."""
    wire: Mapping[str, str]
    """By state, what bodies show."""
    unknown: tuple[str, ...] = ()
    """States whose name says nothing."""

    @property
    def states(self) -> tuple[str, ...]:
        """All states, in their order."""
        return tuple(self.stages)

    @property
    def terminal(self) -> tuple[str, ...]:
        """The states that end a job."""
        return tuple(state for state, stage in self.stages.items() if stage in TERMINAL)

    @property
    def live(self) -> tuple[str, ...]:
        """The states that time leads on from, without those of a cancel under way."""
        return self.of(Stage.WAITING, Stage.WORKING)

    def of(self, *stages: Stage) -> tuple[str, ...]:
        """Return the states of some stages, in their order."""
        return tuple(state for state, stage in self.stages.items() if stage in stages)


def stage_of(name: str) -> Stage | None:
    """Return the stage that a status's name says; None for a name that says nothing."""
    words = [word for word in _OTHER.split(_CAMEL.sub(" ", name).lower()) if word]
    if words[:1] == ["not"]:
        return Stage.WAITING
    whole = _STAGE_OF_WORD.get("".join(words))
    if whole is not None:
        return whole
    # The last word says most: `JOB_STATE_SUCCEEDED`, `upload_failed`.
    return next((_STAGE_OF_WORD[word] for word in reversed(words) if word in _STAGE_OF_WORD), None)


def is_job_like(statuses: Iterable[str]) -> bool:
    """Return True for statuses of which one ends a job, and another does not."""
    stages = {stage_of(status) for status in statuses} - {None}
    return bool(stages & TERMINAL) and bool(stages - TERMINAL)


def state_name(status: str) -> str:
    """Return the name of the state for a status on the wire: the same, but for what a name cannot have."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", status).strip("_-")[:_MAX_NAME]
    if name[:1].isalpha():
        return name
    return f"state_{name}".strip("_")


def _likely_success(found: Mapping[str, Stage], unknown: list[str]) -> str:
    """Return the state that a job without a known success most likely ends in; empty where all names are known."""
    done = [name for name in unknown if name.lower().endswith("ed")]
    candidates = done or [name for name in unknown if not name.lower().endswith("ing")] or unknown
    if not candidates and not any(stage in TERMINAL for stage in found.values()):
        candidates = list(found)
    return next(reversed(candidates), "")


def guess_lifecycle(statuses: Iterable[str], hints: Mapping[str, Stage]) -> LifecycleGuess:
    """Return the states in a likely order; `hints` has the stages that the document itself gives.

    Of the statuses, MAX_STATUSES are read. One that says nothing works; where no name
    says success, the last of those that say nothing does, past forms first.
    """
    found: dict[str, Stage] = {}
    wire: dict[str, str] = {}
    unknown: list[str] = []
    for status in islice(statuses, MAX_STATUSES):
        name = state_name(status)
        stage = hints.get(status) or stage_of(status)
        if stage is None:
            unknown.append(name)
        found.setdefault(name, stage or Stage.WORKING)
        wire.setdefault(name, status)
    successes = [name for name, stage in found.items() if stage is Stage.SUCCEEDED]
    for name in successes:
        # Beside "completed", "ready" is the beginning.
        if name.lower() == _READY and len(successes) > 1:
            found[name] = Stage.WAITING
    if not successes:
        end = _likely_success(found, unknown)
        if end:
            found[end] = Stage.SUCCEEDED
            unknown.append(end)
    if all(stage in TERMINAL or stage is Stage.CANCELLING for stage in found.values()):
        # A job must begin somewhere: without a name for it, with the first status that is left.
        found, wire = {"created": Stage.WAITING, **found}, {"created": next(iter(wire.values())), **wire}
        unknown.append("created")
    ordered = sorted(found, key=lambda state: found[state])
    return LifecycleGuess(
        stages={state: found[state] for state in ordered}, wire=wire, unknown=tuple(dict.fromkeys(unknown))
    )
