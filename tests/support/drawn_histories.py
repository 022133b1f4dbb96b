"""Histories of jobs that a client could have recorded: any course, polls and commands, alone or at once, and faults."""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mockserver.core.instants import MILLISECOND, SECOND, format_duration
from tests.support.call_recorder import CallRecorder, distill

_STATES = ("queued", "processing")
_STAYS = st.integers(1, 90)
_FAULTS = st.sampled_from(
    [
        "",
        "{status: 503, retry_after: 5s}",
        "{status: 500}",
        "{status: 429}",
        "{malformed: html}",
        "{corrupt: {/status: absent}}",
        "{corrupt: {/status: strange}}",
        "{stale: 4s}",
    ]
)


class DrawnCalls(NamedTuple):
    """Calls about one job that a client makes at one instant."""

    after: int
    """Milliseconds since the calls before."""
    job: int
    """The place of the job among the created ones, modulo their number."""
    names: tuple[str, ...]
    """Several: all are sent before the first is answered."""


class DrawnHistory(NamedTuple):
    """What happens in one recording."""

    vendor: str
    stays: tuple[int, int]
    """Seconds in each state before the end."""
    end: str
    jobs: int
    fault: str
    """What a fault on reads does; empty: there is none."""
    window: tuple[int, int]
    """The seconds from which, and for which, the fault acts."""
    calls: tuple[DrawnCalls, ...]

    @property
    def script(self) -> str:
        """The lines of the scenario that answers."""
        steps = [f"{state}: {stay}s" for state, stay in zip(_STATES, self.stays, strict=True)]
        lines = f"timeline: [{', '.join(steps)}, {self.end}]\nlimits: {{active: off}}\n"
        if not self.fault:
            return lines
        start, length = self.window
        window = f"{{between: [{start}s, {format_duration((start + length) * SECOND)}]}}"
        return f"{lines}faults: [{{on: get, when: {window}, do: {self.fault}}}]\n"


def drawn_histories(*, at_once: bool = True) -> SearchStrategy[DrawnHistory]:
    """Return a strategy of histories; without `at_once` no two calls overlap."""
    commands = ("get", "get", "get", "cancel", "delete")
    alone = st.sampled_from(commands).map(lambda name: (name,))
    together = st.lists(st.sampled_from(commands), min_size=2, max_size=3).map(tuple)
    names = st.one_of(alone, alone, alone, together) if at_once else alone
    calls = st.builds(DrawnCalls, st.integers(300, 9_000), st.integers(0, 2), names)
    return st.builds(
        DrawnHistory,
        vendor=st.sampled_from(["phaseo@2026-06-11", "phaseo@2026-10-02"]),
        stays=st.tuples(_STAYS, _STAYS),
        end=st.sampled_from(["completed", "failed", "expired"]),
        jobs=st.integers(1, 3),
        fault=_FAULTS,
        window=st.tuples(st.integers(1, 30), st.integers(1, 30)),
        calls=st.lists(calls, min_size=2, max_size=16).map(tuple),
    )


def record_history(history: DrawnHistory) -> CallRecorder:
    """Let a client make the calls of a history, and record it."""
    recorder = CallRecorder(history.vendor, history.script)
    jobs = []
    for _ in range(history.jobs):
        jobs.append(recorder.call("create"))
        recorder.wait(SECOND)
    for calls in history.calls:
        recorder.wait(calls.after * MILLISECOND)
        job = jobs[calls.job % len(jobs)]
        if len(calls.names) == 1:
            recorder.call(calls.names[0], job)
        else:
            recorder.call_together(calls.names, job)
    return recorder


def find_lost_calls(history: DrawnHistory) -> Sequence[str]:
    """Return what is wrong with the distilled scenario: a call that it neither explains nor lists, or a false claim."""
    recorder = record_history(history)
    found = distill(recorder.exchanges, pin=history.vendor)
    if found.unexplained:
        return [f"not explained: {', '.join(str(each.aspects) for each in found.mismatches)}\n{found.text}"]
    return []
