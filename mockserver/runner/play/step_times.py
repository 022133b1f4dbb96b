"""The time of each step: by the clock of its play, or by its job's states, whose times only the target knows."""

from typing import Final

from mockserver.core.instants import Duration, format_duration
from mockserver.errors import MockError
from mockserver.runner.play.requests import RequestBuilder
from mockserver.runner.targets.target import PlayTarget
from mockserver.scenario.play_model import PlayStep, RelativeTime


class StepTimeError(Exception):
    """The instant of a step is in the past, or never comes."""


class StepClock:
    """The time elapsed in one play; a step without a time of its own follows its predecessor."""

    def __init__(self, target: PlayTarget, requests: RequestBuilder) -> None:
        self._target: Final = target
        self._requests: Final = requests
        self._shift: Duration = 0
        """How much later the play is than the times written in the scenario."""
        self.elapsed: Duration = 0

    def start_of(self, step: PlayStep) -> Duration:
        """Return the start of a step, from the session's start. Raises `StepTimeError`, or the target's `Inconclusive`.

        Afterwards the play's time is that of the step's last repetition.
        """
        if step.relative_time is not None:
            at = self._next_occurrence(step, step.relative_time)
            self._shift = at - step.at
        elif step.from_start:
            at = step.at
            self._shift = 0
        else:
            at = step.at + self._shift
        if at < self.elapsed:
            end = format_offset(self.elapsed)
            raise StepTimeError(f"{format_offset(at)} is before the step above, which was done at {end}")
        self.elapsed = at + step.ends_at - step.at
        return at

    def _next_occurrence(self, step: PlayStep, relative_time: RelativeTime) -> Duration:
        """Return the next time that the job reaches the instant."""
        job_id = self._requests.require_job_id(step)
        try:
            state_times = self._target.state_times(job_id)
        except MockError as error:
            raise StepTimeError(error.problems[0].message) from None
        occurrences = [entered + relative_time.offset for state, entered in state_times if state == relative_time.state]
        for at in occurrences:
            if at >= self.elapsed:
                return at
        if occurrences:
            past = f"`{describe_relative_time(relative_time)}` was at {format_offset(occurrences[-1])}"
            raise StepTimeError(f"{past}; the play is at {format_offset(self.elapsed)} already")
        states = ", ".join(state for state, _ in state_times)
        raise StepTimeError(f"{job_id} does not reach `{relative_time.state}` by time alone; its states: {states}")


def describe_relative_time(relative_time: RelativeTime) -> str:
    """Return an instant in the scenario language: `1ms before completed`."""
    offset = relative_time.offset
    if not offset:
        return relative_time.state
    side = "before" if offset < 0 else "after"
    return f"{format_duration(abs(offset))} {side} {relative_time.state}"


def format_offset(at: Duration) -> str:
    """Return a signed time: `+1m10s`."""
    return f"+{format_duration(at)}" if at >= 0 else format_duration(at)
