"""Fits the course of a job to what was seen of it: which states, and how long each lasted at least and at most.

Theory of operation. Sightings of one state in a row are one run. Runs that no course of the lifecycle explains (an old
answer of a lagging replica) are left out: the longest chain of runs in which each state can follow the one before
by the job's own work is the course, and what is left out shows up later as a mismatch. Between two runs the state has
changed: after the last sighting of the one, and not after the first sighting of the other. Of the durations inside
these bounds, the vendor's default is taken if it fits, else the roundest. Where two runs share one instant (a cassette
has no times), the polls that showed the state are counted instead.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from mockserver.core.instants import MILLISECOND, Duration, format_duration
from mockserver.core.lifecycle import Lifecycle, Trigger
from mockserver.core.timeline import Timed, Timeline
from mockserver.distill.round_duration import roundest_duration

MAX_RUNS: Final = 400
"""Runs of one job that are fitted; a job that changes more often is fitted by the first ones."""

_SHOWN: Final[Duration] = 100 * MILLISECOND
"""What bounds are rounded to in a comment, outwards."""


class StateSighting(NamedTuple):
    """A state that a job was seen in."""

    at: Duration
    """Counted from the job's birth: its creation, or the recording's start."""
    state: str
    is_poll: bool = True


class StateRun(NamedTuple):
    """Sightings of one state in a row."""

    state: str
    first: Duration
    last: Duration
    polls: int
    sightings: int


class CourseStep(NamedTuple):
    """One state of a course, and when it ended."""

    state: str
    stay: str | None
    """As a timeline spells it: `30s`, `3 polls`; None for the last state."""
    ends_above: Duration = 0
    """The end's lower bound, counted from the job's birth, and excluded."""
    ends_by: Duration = 0
    """The end's upper bound."""

    @property
    def bounds(self) -> str:
        """The bounds of the end in words, to a tenth of a second; empty for a stay that was counted."""
        if self.ends_by <= self.ends_above:
            return ""
        low = self.ends_above // _SHOWN * _SHOWN
        high = -(-self.ends_by // _SHOWN) * _SHOWN
        return f"between {format_duration(low)} and {format_duration(high)}"


Course = tuple[CourseStep, ...]


def group_runs(sightings: Iterable[StateSighting]) -> list[StateRun]:
    """Group sightings, which are in order of time, into runs."""
    runs: list[StateRun] = []
    for sighting in sightings:
        if runs and runs[-1].state == sighting.state:
            run = runs[-1]
            polls = run.polls + sighting.is_poll
            runs[-1] = run._replace(last=sighting.at, polls=polls, sightings=run.sightings + 1)
        else:
            runs.append(StateRun(sighting.state, sighting.at, sighting.at, int(sighting.is_poll), 1))
    return runs


def merge_runs(jobs: Iterable[Sequence[StateRun]]) -> list[StateRun]:
    """Return the runs of jobs as if they were one job's, each counted from its own birth."""
    ends = [
        StateSighting(at, run.state, is_poll=False) for runs in jobs for run in runs for at in {run.first, run.last}
    ]
    return group_runs(sorted(ends, key=lambda sighting: sighting.at))


def state_path(lifecycle: Lifecycle, source: str, target: str) -> tuple[str, ...] | None:
    """Return the shortest way from `source` to `target` by time alone, both included; None for no way."""
    waiting: deque[tuple[str, ...]] = deque([(source,)])
    seen = {source}
    while waiting:
        path = waiting.popleft()
        if path[-1] == target:
            return path
        for state in lifecycle.next_states(path[-1], Trigger.TIME):
            if state not in seen:
                seen.add(state)
                waiting.append((*path, state))
    return None


def own_runs(runs: Sequence[StateRun], lifecycle: Lifecycle) -> list[StateRun]:
    """Return the runs of states that a job reaches by its own work, without a command or a deadline."""
    return [run for run in runs if state_path(lifecycle, lifecycle.initial, run.state) is not None]


def explicable_runs(runs: Sequence[StateRun], lifecycle: Lifecycle) -> list[StateRun]:
    """Return the runs of the chain that explains most sightings; runs of one state in a row are joined."""
    runs = [run for run in runs[:MAX_RUNS] if run.state in lifecycle.states]
    best: list[tuple[int, int | None]] = []
    follows: dict[tuple[str, str], bool] = {}
    for index, run in enumerate(runs):
        weight, previous = run.sightings, None
        for earlier in range(index):
            pair = (runs[earlier].state, run.state)
            if pair not in follows:
                follows[pair] = pair[0] == pair[1] or state_path(lifecycle, *pair) is not None
            if follows[pair] and best[earlier][0] + run.sightings > weight:
                weight, previous = best[earlier][0] + run.sightings, earlier
        best.append((weight, previous))
    chain: list[StateRun] = []
    at = max(range(len(runs)), key=lambda index: best[index][0], default=None)
    while at is not None:
        chain.append(runs[at])
        at = best[at][1]
    joined: list[StateRun] = []
    for run in reversed(chain):
        if joined and joined[-1].state == run.state:
            last = joined[-1]
            joined[-1] = last._replace(
                last=run.last, polls=last.polls + run.polls, sightings=last.sightings + run.sightings
            )
        else:
            joined.append(run)
    return joined


def fit_course(runs: Sequence[StateRun], lifecycle: Lifecycle, default: Timeline, *, counts_polls: bool) -> Course:
    """Return the course that explains the runs; empty without any.

    `counts_polls`: no times were measured, so that stays are counted in polls.
    """
    chain = explicable_runs(runs, lifecycle)
    steps: list[CourseStep] = []
    defaults = {step.state: step.stay.duration for step in default if isinstance(step.stay, Timed)}
    ended = 0
    for run, following in pairwise(chain):
        if counts_polls or following.first <= run.last:
            if run.polls:
                steps.append(CourseStep(run.state, f"{run.polls} poll{'s' if run.polls > 1 else ''}"))
            ended = following.first
            continue
        path = state_path(lifecycle, run.state, following.state) or (run.state,)
        above, up_to = run.last, following.first
        for left, state in zip(range(len(path) - 1, 0, -1), path[:-1], strict=True):
            end = ended + defaults.get(state, 0)
            # What has to happen after this state needs room before the bound.
            last_end = up_to - (left - 1) * ((up_to - above) // (left + 1))
            if not above < end <= last_end:
                end = ended + roundest_duration(max(0, above - ended), last_end - ended)
            steps.append(CourseStep(state, format_duration(end - ended), above, up_to))
            ended = end
            above = max(above, end)
    if chain:
        steps.append(CourseStep(chain[-1].state, None))
    return tuple(steps)
