"""Random scenarios, requests and histories for any era of any vendor, to test laws with.

Everything is derived from the vendor's own tables (lifecycle, operations, examples), so that a new vendor needs no line
here. A history is a list of `Action`s; `perform` does one, in any session, the same way each time. Strategies are made
once for their arguments: Hypothesis checks each new one again.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.documents.capture import load_capture
from mockserver.core.batch import fold_batch
from mockserver.core.instants import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from mockserver.core.job import Job, StateSpan, fold_job
from mockserver.core.job import StateHistory as JobCourse
from mockserver.core.lifecycle import Lifecycle, Trigger
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.timeline import Manual, Polls, Stay, Timed, Timeline, TimelineStep
from mockserver.core.wire import Response
from mockserver.engine.session import Session
from mockserver.engine.transitions import TransitionFinder
from mockserver.errors import MockError
from mockserver.vendors.api import Era, JobKind, Operation
from mockserver.vendors.script import CancelScript, ItemScript, Script, ScriptedResponse, SeededJob, TimelineRule
from tests.support.fake_world import ERAS, FakeWorld, fake_world

PINS: Final = tuple(ERAS)
_TABLES: Final = {
    pin: repr((era.vendor, [(kind.lifecycle, kind.cancel_table) for kind in era.kinds.values()]))
    for pin, era in ERAS.items()
}
LAW_PINS: Final = tuple({tables: pin for pin, tables in _TABLES.items()}.values())
"""The newest era with each set of lifecycles and cancel tables: on no more depends what holds of time and money."""
GENEROUS: Final = RateLimit(1_000_000, MINUTE)


def without_limits(pin: str) -> Script:
    """Build a script with a rate limit that no history reaches, because laws about jobs need answers about jobs."""
    return Script(limits={"*": GENEROUS} if ERAS[pin].limits else {})


TIMES: Final = st.sampled_from((0, 1, SECOND, 2 * SECOND, 7 * SECOND + 1, 30 * SECOND, 8 * HOUR, 25 * HOUR, 31 * DAY))
_timed = st.sampled_from((0, 1, SECOND, 3 * SECOND + 1, 20 * SECOND, 9 * HOUR)).map(Timed)
_polled = st.integers(0, 3).map(Polls)
_progress = st.sampled_from((None, None, (0, 100), (10, 90), (50, 50)))
_spans = st.sampled_from(((0, 0), (0, SECOND), (SECOND, 9 * SECOND), (HOUR, 25 * HOUR)))
_ages = st.sampled_from((0, SECOND, 9 * HOUR, 25 * HOUR, 31 * DAY))


@cache
def stays(*, polls: bool) -> st.SearchStrategy[Stay]:
    """Draw how long a step lasts; without polls its driver is time or a move."""
    return st.one_of(_timed, _timed, st.just(Manual()), *((_polled, _polled) if polls else ()))


@cache
@st.composite
def timelines(draw: st.DrawFn, lifecycle: Lifecycle, states: tuple[str, ...] = (), *, polls: bool = True) -> Timeline:
    """Draw a legal timeline through the states of a lifecycle, or through the given ones."""
    known = states or lifecycle.states
    state = draw(st.sampled_from((lifecycle.initial, lifecycle.initial, *known)))
    steps: list[TimelineStep] = []
    while True:
        following = [
            target
            for target in lifecycle.next_states(state)
            if lifecycle.allows(state, target, Trigger.TIME) and target in known
        ]
        progress = draw(_progress)
        if not following or draw(st.integers(0, 9)) == 0:
            return (*steps, TimelineStep(state, progress=None if state in lifecycle.terminal else progress))
        steps.append(TimelineStep(state, draw(stays(polls=polls)), progress))
        state = draw(st.sampled_from(following))


@cache
def courses(pin: str, name: str, *, polls: bool) -> st.SearchStrategy[Timeline]:
    """Draw a timeline for jobs of a kind; a batch ends by itself only when its items have ended."""
    kind = ERAS[pin].kinds[name]
    rules = kind.batch
    states = () if rules is None else (rules.waiting, rules.working, rules.done)
    return timelines(kind.lifecycle, states, polls=polls)


@cache
def items(pin: str, name: str, *, polls: bool) -> st.SearchStrategy[tuple[ItemScript, ...]]:
    """Draw the scripts of the items of a batch, if the kind is one."""
    rules = ERAS[pin].kinds[name].batch
    if rules is None:
        return st.just(())
    ends = tuple(
        state for state in rules.item.next_states(rules.busy) if rules.item.allows(rules.busy, state, Trigger.TIME)
    )
    timeline = st.none() | timelines(rules.item, (rules.queued, rules.busy, *ends), polls=polls)
    one = st.tuples(st.integers(1, 3), timeline, _spans, _spans, st.sampled_from(("", *ends)))
    return st.lists(one.map(lambda drawn: ItemScript(*drawn)), max_size=2).map(tuple)


@cache
def cancels(pin: str) -> st.SearchStrategy[dict[str, CancelScript]]:
    """Draw the cancel policies of an era: none, or one for its main kind that keeps the era's contract."""
    era, none = ERAS[pin], st.just({})
    if not era.supports_cancel:
        return none
    kind = era.main_kind
    live = [state for state in kind.lifecycle.states if state not in kind.lifecycle.terminal]
    sources = [state for state in live if kind.lifecycle.next_states(state) and _cancellable(kind, state)]
    fields = {
        "sources": st.none() | st.frozensets(st.sampled_from(sources)),
        "refusal": st.sampled_from([None, *documented_refusals(era)]),
        "race": st.booleans(),
    }
    scripted = st.fixed_dictionaries(fields).map(lambda drawn: {kind.name: CancelScript(**drawn)})
    return st.one_of(none, none, scripted)


def _cancellable(kind: JobKind, state: str) -> bool:
    return any(kind.lifecycle.allows(state, target, Trigger.CANCEL) for target in kind.lifecycle.next_states(state))


def documented_refusals(era: Era) -> tuple[ScriptedResponse, ...]:
    """List the errors that the era's capture documents for a cancel, with the vendor's own bodies."""
    operation = era.operation("cancel")
    if operation is None:
        return ()
    documented = load_capture(era.vendor, era.date).find(operation.method, re.sub(r"{\w+}", "x", operation.path))
    statuses = () if documented is None else tuple(documented.answers)
    return tuple(
        ScriptedResponse(int(status)) for status in statuses if status.isdigit() and status not in ("200", "202")
    )


@cache
@st.composite
def scripts(draw: st.DrawFn, pin: str, *, polls: bool = True, limits: bool = False) -> Script:
    """Draw a script that keeps the era's contract; with `limits` it can have the vendor's own limits."""
    era = ERAS[pin]
    kind = era.main_kind.name
    everyone = draw(st.lists(courses(pin, kind, polls=polls), max_size=1))
    seeds = [draw(_seeds(pin, name, polls=polls)) for name in era.kinds for _ in range(draw(st.integers(0, 2)))]
    return Script(
        name="drawn",
        timeline_rules=tuple(TimelineRule(timeline) for timeline in everyone),
        items=draw(items(pin, kind, polls=polls)),
        cancels=draw(cancels(pin)),
        limits={} if limits and draw(st.booleans()) else without_limits(pin).limits,
        active_limits=draw(st.sampled_from(({}, {}, {"*": 0}, {"*": 2}))) if limits else {"*": 0},
        jobs=tuple(seeds),
    )


@cache
def _seeds(pin: str, kind: str, *, polls: bool) -> st.SearchStrategy[SeededJob]:
    timeline = st.none() | courses(pin, kind, polls=polls)
    drawn = st.fixed_dictionaries({"timeline": timeline, "items": items(pin, kind, polls=polls), "age": _ages})
    return drawn.map(lambda fields: SeededJob(kind=kind, **fields))


JUNK: Final = st.sampled_from(
    (
        None,
        "",
        " ",
        0,
        -1,
        1.5,
        1e308,
        2**63,
        True,
        [],
        [[]],
        {},
        {"a": 1},
        "x" * 3000,
        "\x00",
        "😀",
        "2026-01-01",
        "../x",
    )
)

VARIANTS: Final[Mapping[tuple[str, str], tuple[Mapping[str, Any], ...]]] = {
    ("phaseo", "create"): (
        {"model": "openai/sora-2", "duration": 8},
        {"model": "google/veo-3.1", "output": {"access": "signed_url"}},
        {"model": "minimax/hailuo-2.3", "sample_count": 2, "generate_audio": True},
        {"webhook": {"url": "https://example.com/hook", "secret": "0123456789abcdef"}},
        {"metadata": {"b": 1, "a": [2]}, "seed": 7},
    ),
    ("twelvelabs", "create"): (
        {"analysis_mode": "time_based_metadata"},
        {
            "requests": [
                {"video": {"type": "asset_id", "asset_id": "000000000000000000000002"}, "prompt": "What is it?"}
            ]
        },
        {
            "requests": [
                {"video": {"type": "asset_id", "asset_id": "000000000000000000000001"}, "prompt": "What is it?"}
            ]
        },
    ),
    ("twelvelabs", "create_task"): (
        {"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4c"}, "custom_id": "mine"},
        {"start_time": 10, "end_time": 70},
    ),
    ("reap", "create"): (
        {"sourceUrl": "https://www.youtube.com/watch?v=abc"},
        {"selectedStart": 30, "selectedEnd": 400},
        {"sourceUrl": "https://nowhere.invalid/x.mp4"},
    ),
}
"""Members that turn an example into other requests, which some eras accept and some refuse."""


@cache
@st.composite
def bodies(draw: st.DrawFn, pin: str, name: str) -> Any:
    """Draw a body: mostly the vendor's example, sometimes a variant, sometimes one with an error."""
    era, operation = ERAS[pin], operation_of(pin, name)
    base = dict(operation.example_params) or dict(era.kinds[operation.kind].example)
    choice = draw(st.integers(0, 9))
    if choice < 5:
        return None
    if choice < 7:
        return {**base, **draw(st.sampled_from(({}, *VARIANTS.get((era.vendor, operation.name), ()))))}
    if choice == 7 and base:
        return {key: value for key, value in base.items() if key != draw(st.sampled_from(sorted(base)))}
    if choice == 8:
        return {**base, draw(st.sampled_from((*sorted(base), "unheard_of"))): draw(JUNK)}
    return draw(st.sampled_from((b"{", b"[]", b"", b"null", b"\xff", b'{"a": 1e999}', b"[" * 100 + b"]" * 100)))


_query_names = st.sampled_from(
    ("status", "limit", "after", "order", "page", "pageSize", "page_limit", "analysis_mode", "params", "file", "token")
)
_query_values = st.sampled_from(
    ("1", "0", "-1", "100", "2", "asc", "x", "", "queued", "processing,failed", "general", "9" * 30)
)


@cache
def queries(pin: str, name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a query, mostly an empty one."""
    none = st.just({})
    return (
        none | st.dictionaries(_query_names, _query_values, max_size=2)
        if operation_of(pin, name).method == "GET"
        else none
    )


class Action(NamedTuple):
    """A call, a move of a job, or an advance of the clock."""

    verb: str
    """An operation's name, `advance` or `move`."""
    which: int = 0
    """The job's place in the list of jobs, modulo its length; negative for an unknown id."""
    body: Any = None
    query: Mapping[str, Any] = {}
    by: Duration = 0
    to: str = ""


def operation_of(pin: str, name: str) -> Operation:
    """Return an operation of an era; it must exist."""
    operation = ERAS[pin].operation(name)
    assert operation is not None
    return operation


@cache
def operation_names(pin: str, beginning: str = "", *, polls: bool | None = None) -> tuple[str, ...]:
    """List the names of operations by their beginning, and by whether they count polls (None: both)."""
    return tuple(
        operation.name
        for operation in ERAS[pin].operations
        if operation.name.startswith(beginning) and polls in (None, operation.polls)
    )


@cache
@st.composite
def calls(draw: st.DrawFn, pin: str, names: tuple[str, ...]) -> Action:
    """Draw a call of one of the operations."""
    name = draw(st.sampled_from(names))
    which = draw(st.sampled_from((*range(8), -1, -1, *range(-12, 0)))) if operation_of(pin, name).about_one_job else 0
    return Action(name, which, draw(bodies(pin, name)), draw(queries(pin, name)))


@cache
def waits(times: st.SearchStrategy[Duration] = TIMES) -> st.SearchStrategy[Action]:
    """Draw an advance of the clock."""
    return times.map(lambda by: Action("advance", by=by))


@cache
def moves(pin: str) -> st.SearchStrategy[Action]:
    """Draw a move of a job; an illegal move has no effect."""
    states = sorted({state for kind in ERAS[pin].kinds.values() for state in kind.lifecycle.states})
    return st.tuples(st.integers(0, 5), st.sampled_from(states)).map(lambda to: Action("move", to[0], to=to[1]))


@cache
def actions(pin: str, *, polls: bool = True) -> st.SearchStrategy[Action]:
    """Draw an action; without `polls`, none that counts a poll."""
    return st.one_of(
        calls(pin, operation_names(pin, polls=None if polls else False)),
        calls(pin, operation_names(pin, polls=None if polls else False)),
        calls(pin, operation_names(pin, "create")),
        calls(pin, operation_names(pin, "cancel")),
        waits(),
        waits(),
        moves(pin),
    )


@cache
@st.composite
def histories(draw: st.DrawFn, pin: str, *, most: int = 10, polls: bool = True) -> list[Action]:
    """Draw a create followed by any actions."""
    return [Action("create"), *draw(st.lists(actions(pin, polls=polls), max_size=most))]


def all_jobs(world: FakeWorld) -> list[Job]:
    """List the session's jobs, oldest first, kind by kind."""
    return list(world.session.context(world.era.vendor).store.all_jobs())


ODD_IDS: Final = ("x", "..", "a/b", "%2F", "é", "G-", "0" * 24, "'", "{id}", "z" * 500)


def pick_job_id(world: FakeWorld, kind: str, which: int) -> str:
    """Return the id of a job by its place; an unknown or malformed id for a negative place."""
    if which < 0:
        return (world.era.kinds[kind].new_id("nobody", 1, 0), *ODD_IDS)[(-which - 1) % (len(ODD_IDS) + 1)]
    jobs = all_jobs(world)
    known = [job.id for job in jobs if job.kind == kind]
    for job in jobs:
        ids = world.era.kinds[job.kind].item_ids
        known += ids(job) if ids is not None and job.kind != kind else ()
    return known[which % len(known)] if known else pick_job_id(world, kind, -1)


def perform(world: FakeWorld, action: Action) -> Response | None:
    """Perform an action; return the answer of a call, else None."""
    if action.verb == "advance":
        world.advance(action.by)
        return None
    if action.verb == "move":
        move(world, action)
        return None
    operation = world.era.operation(action.verb)
    assert operation is not None
    job_id = pick_job_id(world, operation.kind, action.which) if operation.about_one_job else ""
    return world.call_operation(action.verb, job_id, action.body, query=action.query)


def move(world: FakeWorld, action: Action) -> bool:
    """Move a job if its lifecycle allows it; return True if it was moved."""
    jobs = all_jobs(world)
    if not jobs:
        return False
    job = jobs[action.which % len(jobs)]
    try:
        world.session.move_job(job.id, action.to, world.wall_now)
    except MockError:
        return False
    return True


def perform_all(world: FakeWorld, history: list[Action]) -> list[Response | None]:
    """Perform actions in order; return their answers."""
    return [perform(world, action) for action in history]


def world_for(pin: str, script: Script | None = None, **how: Any) -> FakeWorld:
    """Open a judged session of an era; without a script it has no limits that a history reaches."""
    vendor, _, date = pin.partition("@")
    return fake_world(vendor, date, script or without_limits(pin), **how)


def normalized(world: FakeWorld, response: Response | None) -> Any:
    """Remove request ids and rate limit counters from an answer."""
    if response is None or world.last is None:
        return None
    own = world.last.request_id
    counting = {name for name, _ in world.era.limit_headers(GENEROUS, LimitWindow(0))}
    headers = tuple((name, value.replace(own, "ID")) for name, value in response.headers if name not in counting)
    return response.status, headers, response.body.replace(own.encode(), b"ID")


def for_all_drawn(examples: int) -> Any:
    """Decorate a test of one drawn example: run it for `examples` examples in each era."""
    return lambda test: settings(max_examples=examples)(given(data=st.data())(test))


def transitions(session: Session, after: Instant, until: Instant) -> list[tuple[Job, StateSpan]]:
    """List every change of state in (after, until], job by job."""
    finder = TransitionFinder(after, until)
    return [(job, span) for _, job in session.jobs() for span in finder.transitions(job)]


def state_history(job: Job, now: int) -> JobCourse:
    """Return the states of a job up to an instant."""
    return fold_batch(job, now).history if job.plan.batch is not None else fold_job(job, now)
