"""When a step is: by the clock of its play, or by the course of its job, which only the target knows."""

from typing import Final

from mockserver.core.instants import Duration, format_duration
from mockserver.errors import MockError
from mockserver.runner.asking import Asking
from mockserver.runner.targets.api import Target
from mockserver.scenario.model import Moment, PlayStep


class Untimely(Exception):  # noqa: N818 -- it says why a step cannot be, which makes it fail
    """The step's instant is past, or never comes."""


class Timing:
    """The time so far in one play: steps that say no time of their own follow wherever the last one went."""

    def __init__(self, target: Target, asking: Asking) -> None:
        self._target: Final = target
        self._asking: Final = asking
        self._shift: Duration = 0
        """How much later it is than the scenario's text alone could tell."""
        self.now: Duration = 0

    def begins(self, step: PlayStep) -> Duration:
        """When a step is, counted from the session's start. Raises `Untimely`, or the target's `Inconclusive`."""
        if step.moment is not None:
            at = self._moment(step, step.moment)
            self._shift = at - step.at
        elif step.fixed:
            at, self._shift = step.at, 0
        else:
            at = step.at + self._shift
        if at < self.now:
            raise Untimely(f"{offset(at)} is before the step above, which was done at {offset(self.now)}")
        self.now = at + step.ends - step.at
        return at

    def _moment(self, step: PlayStep, moment: Moment) -> Duration:
        """The next such instant in the job's course."""
        job_id = self._asking.needed(step)
        try:
            course = self._target.course(job_id)
        except MockError as error:
            raise Untimely(error.problems[0].message) from None
        found = [entered + moment.offset for state, entered in course if state == moment.state]
        to_come = [at for at in found if at >= self.now]
        if to_come:
            return to_come[0]
        if found:
            raise Untimely(f"`{told(moment)}` was at {offset(found[-1])}, and it is {offset(self.now)} already")
        states = ", ".join(state for state, _ in course)
        raise Untimely(f"time alone never brings {job_id} to `{moment.state}`: it goes {states}")


def told(moment: Moment) -> str:
    """A moment as the language has it: `1ms before completed`."""
    if not moment.offset:
        return moment.state
    return f"{format_duration(abs(moment.offset))} {'before' if moment.offset < 0 else 'after'} {moment.state}"


def offset(at: Duration) -> str:
    """`+1m10s`."""
    return ("+" if at >= 0 else "") + format_duration(at)
