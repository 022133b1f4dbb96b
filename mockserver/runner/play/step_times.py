"""When a step is: by the clock of its play, or by the course of its job, which only the target knows."""

from typing import Final

from mockserver.core.instants import Duration, format_duration
from mockserver.errors import MockError
from mockserver.runner.play.requests import RequestBuilder
from mockserver.runner.targets.target import PlayTarget
from mockserver.scenario.model import PlayStep, RelativeTime


class StepTimeError(Exception):
    """The step's instant is past, or never comes."""


class StepClock:
    """The time so far in one play: steps that say no time of their own follow wherever the last one went."""

    def __init__(self, target: PlayTarget, requests: RequestBuilder) -> None:
        self._target: Final = target
        self._requests: Final = requests
        self._shift: Duration = 0
        """How much later it is than the scenario's text alone could tell."""
        self.elapsed: Duration = 0

    def start_of(self, step: PlayStep) -> Duration:
        """When a step is, counted from the session's start. Raises `Untimely`, or the target's `Inconclusive`."""
        if step.relative_time is not None:
            at = self._next_occurrence(step, step.relative_time)
            self._shift = at - step.at
        elif step.from_start:
            at, self._shift = step.at, 0
        else:
            at = step.at + self._shift
        if at < self.elapsed:
            raise StepTimeError(
                f"{format_offset(at)} is before the step above, which was done at {format_offset(self.elapsed)}"
            )
        self.elapsed = at + step.ends_at - step.at
        return at

    def _next_occurrence(self, step: PlayStep, relative_time: RelativeTime) -> Duration:
        """The next such instant in the job's course."""
        job_id = self._requests.require_job_id(step)
        try:
            course = self._target.state_times(job_id)
        except MockError as error:
            raise StepTimeError(error.problems[0].message) from None
        found = [entered + relative_time.offset for state, entered in course if state == relative_time.state]
        to_come = [at for at in found if at >= self.elapsed]
        if to_come:
            return to_come[0]
        if found:
            raise StepTimeError(
                f"`{describe_relative_time(relative_time)}` was at {format_offset(found[-1])}, and it is {format_offset(self.elapsed)} already"
            )
        states = ", ".join(state for state, _ in course)
        raise StepTimeError(f"time alone never brings {job_id} to `{relative_time.state}`: it goes {states}")


def describe_relative_time(relative_time: RelativeTime) -> str:
    """A moment as the language has it: `1ms before completed`."""
    if not relative_time.offset:
        return relative_time.state
    return f"{format_duration(abs(relative_time.offset))} {'before' if relative_time.offset < 0 else 'after'} {relative_time.state}"


def format_offset(at: Duration) -> str:
    """`+1m10s`."""
    return ("+" if at >= 0 else "") + format_duration(at)
