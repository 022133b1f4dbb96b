"""The courses that a job of a kind can take, each in a world of its own: by itself, scripted, led, cancelled, held.

A course has the instants at which something can change: the borders of its states with the microseconds beside them,
the middles between them, and the ages at which links and jobs usually expire.
"""

from collections.abc import Iterator, Mapping
from itertools import islice, pairwise
from typing import Any, Final, NamedTuple

from mockserver.core.deadlines import pending_since_creation
from mockserver.core.instants import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Duration, Instant
from mockserver.core.job import CANCEL, MOVE, Job
from mockserver.core.lifecycle import Lifecycle, Trigger
from mockserver.core.timeline import NO_END, Timed, TimelineStep
from mockserver.vendor_check.world import CheckedEra, CheckWorld
from mockserver.vendors.api import FOREVER, Accept, JobKind
from mockserver.vendors.commands import decide_by_row, history, snapshot
from mockserver.vendors.script import NO_SCRIPT, ItemScript, Script, TimelineRule

HORIZON: Final[Duration] = 45 * DAY
"""How long after its creation a job is looked at."""
_USUAL_AGES: Final = (SECOND, 10 * MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY)
_SLOW: Final = 100 * SECOND
_STEP: Final = 100 * MILLISECOND
_PAUSES: Final = (_STEP, 5 * SECOND, MINUTE)
"""How long a job may be in its first state before it is moved: some states of a batch need items at work."""
_LONG: Final = 40 * DAY
_MAX_WAYS: Final = 50
"""Ways that are tried into one state: a batch without items at work, for one, skips the state in which it drains."""


class Course(NamedTuple):
    """A job on its way."""

    name: str
    """`by itself`, `cancelled in running`."""
    kind: JobKind
    world: CheckWorld
    """Its instant is the one at which time alone takes over."""
    created: Job
    """The job as it was created."""
    way: tuple[str, ...] = ()
    """The states that it was led through; empty for a course without moves."""
    pause: Duration = _STEP
    """How long it was in the first of them."""

    @property
    def job(self) -> Job:
        """The job as it is stored."""
        return self.world.stored(self.created)

    @property
    def job_id(self) -> str:
        """The job's id."""
        return self.created.id

    @property
    def state(self) -> str:
        """The state that the job is in."""
        return snapshot(self.job, self.world.now).state

    def instants(self) -> list[Instant]:
        """Return the instants at which to look at the job, in their order."""
        job = self.job
        spans = history(job, FOREVER)
        marks = {self.world.now, job.created + HORIZON, *self.kind.turning_points(spans)}
        marks.update(span.entered for span in spans)
        marks.update(job.created + age for age in (*_USUAL_AGES, self.kind.retention))
        # A deadline that counts from a state ends a span, whose border is there already.
        marks.update(at for at, _ in pending_since_creation(self.kind.deadlines, job.spec, job.created))
        borders = sorted(mark for mark in marks if self.world.now <= mark <= job.created + HORIZON)
        near = {border + step for border in borders for step in (-1, 0, 1)}
        middles = {(one + other) // 2 for one, other in pairwise(borders)}
        return sorted(instant for instant in near | middles if instant >= self.world.now)


def ways_by_state(lifecycle: Lifecycle, *triggers: Trigger) -> Mapping[str, tuple[str, ...]]:
    """Return a shortest way from the initial state to each state that transitions lead to (no trigger named: by any).

    A way begins with the initial state and ends with the state itself.
    """
    ways: dict[str, tuple[str, ...]] = {lifecycle.initial: (lifecycle.initial,)}
    waiting = [lifecycle.initial]
    for state in waiting:
        for target in lifecycle.next_states(state):
            if target not in ways and lifecycle.allows(state, target, *triggers):
                ways[target] = (*ways[state], target)
                waiting.append(target)
    return ways


def ways_to(lifecycle: Lifecycle, state: str) -> Iterator[tuple[str, ...]]:
    """Yield every way from the initial state to another without repetition, the shortest first."""
    ways: list[tuple[str, ...]] = [(lifecycle.initial,)]
    for way in ways:
        if way[-1] == state:
            yield way
        else:
            ways += [(*way, target) for target in lifecycle.next_states(way[-1]) if target not in way]


def led(
    checked: CheckedEra,
    kind: JobKind,
    way: tuple[str, ...],
    *,
    script: Script = NO_SCRIPT,
    fields: Mapping[str, Any] | None = None,
    pause: Duration = _STEP,
) -> Course:
    """Return a job that is moved along a way, after a pause in its first state; `fields` lie over its bodies.

    A batch follows its items: it may be elsewhere than the moves were to lead it.
    """
    world = checked.world(script)
    course = Course(f"led to {way[-1]}", kind, world, world.create(kind, fields), way=way, pause=pause)
    for place, state in enumerate(way[1:]):
        world.now += _STEP if place else pause
        world.append(course.job, MOVE, state)
    return course


def course_in_state(checked: CheckedEra, kind: JobKind, state: str, script: Script = NO_SCRIPT) -> Course | None:
    """Return a job that is led to a state, in a world of its own; None if no way leads there."""
    for pause in _PAUSES:
        for way in islice(ways_to(kind.lifecycle, state), _MAX_WAYS):
            course = led(checked, kind, way, script=script, pause=pause)
            if course.state == state:
                return course
    return None


def courses_in_states(checked: CheckedEra, kind: JobKind, script: Script = NO_SCRIPT) -> Iterator[Course]:
    """Yield a job in each state that a job of the kind can be led to."""
    for state in kind.lifecycle.states:
        course = course_in_state(checked, kind, state, script)
        if course is not None:
            yield course


def scripted(kind: JobKind, *steps: TimelineStep) -> Script:
    """Return a script with one timeline for every job of a kind."""
    return Script(timeline_rules=(TimelineRule(steps, kind=kind.name),))


def held_script(kind: JobKind) -> Script:
    """Return a script in which a job stays in its first state until something other than time ends that."""
    if kind.batch is not None:
        return Script(items=(ItemScript(queued=(_LONG, _LONG)),))
    return scripted(kind, TimelineStep(kind.lifecycle.initial, NO_END))


def slow_script(kind: JobKind, way: tuple[str, ...]) -> Script:
    """Return a script that leads along a way in long stays, each with a progress of its own."""
    live = (TimelineStep(state, Timed(_SLOW), progress=(5, 95)) for state in way[:-1])
    return scripted(kind, *live, TimelineStep(way[-1]))


def cancelled_course(checked: CheckedEra, led_course: Course) -> Course | None:
    """Return a job that was cancelled where another was led to; None if the vendor's table does not accept that."""
    kind, way = led_course.kind, led_course.way
    course = led(checked, kind, way, pause=led_course.pause)
    row = kind.cancel_table.get(way[-1])
    if isinstance(row, Accept) and row.after is not None:
        before = snapshot(course.job, course.world.now)
        course.world.now = row.refused_until(before.entered_at, before.span.entered) + 1
    now = snapshot(course.job, course.world.now)
    # While it waited it may have gone on by itself.
    if row is None or now.state != way[-1] or not isinstance(decide_by_row(row, now, course.world.now), Accept):
        return None
    course.world.append(course.job, CANCEL)
    return course._replace(name=f"cancelled in {way[-1]}")


def courses_of(checked: CheckedEra, kind: JobKind) -> Iterator[Course]:
    """Yield the courses of a kind: by itself, slowly to each end, held, led to each state, cancelled in each state."""
    scripts = {"by itself": NO_SCRIPT, "held in its first state": held_script(kind)}
    if kind.batch is None:
        for state, way in ways_by_state(kind.lifecycle, Trigger.TIME).items():
            if state in kind.lifecycle.terminal:
                scripts[f"slowly to {state}"] = slow_script(kind, way)
    for name, script in scripts.items():
        world = checked.world(script)
        yield Course(name, kind, world, world.create(kind))
    for course in courses_in_states(checked, kind):
        yield course
        cancelled = cancelled_course(checked, course)
        if cancelled is not None:
            yield cancelled
