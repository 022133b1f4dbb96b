"""The names of values: the table of what `$id`, `$entered.running` or `$request.prompt` stand for.

A name is a root and perhaps a rest, separated by a dot. The table is read by the compiler, by messages and by
`docs/packs.md`. A getter returns None where there is no value.
"""

from collections.abc import Callable, Mapping
from functools import partial
from operator import attrgetter
from typing import Any, Final, NamedTuple

from mockserver.core.forms import file_text
from mockserver.core.instants import SECOND, Instant
from mockserver.core.wire import Request
from mockserver.errors import nearest_names
from mockserver.packs.facts import Facts, Render
from mockserver.packs.scope import Place, Scope
from mockserver.packs.spec_items import items_of_spec
from mockserver.vendors.webhook_endpoint import DEFAULT_SECRET


class NameProblem(NamedTuple):
    """Why a name cannot be used."""

    message: str
    hint: str = ""


Build = Callable[[str, Scope], Render | NameProblem]
"""(rest of the name, scope) -> the getter of its value."""


class NameSpec(NamedTuple):
    """One root."""

    place: Place
    doc: str
    build: Build
    rest: str = ""
    """What follows the dot; empty: nothing may, in parentheses: it may be left out."""
    is_instant: bool = False
    """The value is an instant, which is written in the pack's time format."""


def look_up(value: Any, path: list[str]) -> Any:
    """Return what lies at a path of keys and indexes in a JSON value; None where nothing does."""
    for name in path:
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list | tuple) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def _plain(path: str) -> Build:
    getter = attrgetter(path)
    return lambda rest, scope: getter


def _of_state(getter: Callable[[str, Facts], Any], *others: str) -> Build:
    def build(rest: str, scope: Scope) -> Render | NameProblem:
        states = scope.kind.lifecycle.states if scope.kind is not None else ()
        if rest not in (*states, *others):
            return NameProblem(f"{rest!r} is no state", f"States: {nearest_names(rest, (*states, *others))}.")
        return partial(getter, rest)

    return build


def _entered(state: str, facts: Facts) -> Instant | None:
    return facts.now.entered_at.get(state)


def _seconds(state: str, facts: Facts) -> float | None:
    """Return the seconds from a state's entry (of `total`, from the creation) to the end; the job's own so far."""
    start = facts.now.job.created if state == "total" else facts.now.entered_at.get(state)
    if start is None:
        return None
    end = facts.now.ended_at
    return ((facts.at if end is None else end) - start) / SECOND


def _count(state: str, facts: Facts) -> int:
    if facts.now.batch is None:
        return 0
    if state == "total":
        return len(facts.now.job.plan.items)
    return facts.now.batch.counts()[state]


def _build_count(rest: str, scope: Scope) -> Render | NameProblem:
    states = rest.split("|")
    return lambda facts: sum(_count(state, facts) for state in states)


def _upload(name: str, facts: Facts) -> str | None:
    request = facts.call.request if facts.call is not None else Request("", "")
    return file_text(request.headers.get("content-type", ""), request.body, name)


def _first_item(facts: Facts) -> Any:
    return next(iter(items_of_spec(facts.now.job.spec, 1)), None)


def _problems(facts: Facts) -> Any:
    return facts.now.job.spec.get("problems")


def _build_time(rest: str, scope: Scope) -> Render | NameProblem:
    times = {} if scope.kind is None else scope.kind.times
    if rest not in times:
        return NameProblem(f"there is no time {rest!r}", f"`times` has: {nearest_names(rest, times) or 'none'}.")
    time = times[rest]
    return lambda facts: time.instant(facts.now)


def _build_past(rest: str, scope: Scope) -> Render | NameProblem:
    getter = _build_time(rest, scope)
    if isinstance(getter, NameProblem):
        return getter

    def is_past(facts: Facts) -> bool:
        at = getter(facts)
        return at is not None and at <= facts.at

    return is_past


def _build_deadline(rest: str, scope: Scope) -> Render | NameProblem:
    deadlines = {} if scope.kind is None else scope.kind.deadlines
    if rest not in deadlines:
        return NameProblem(f"there is no deadline {rest!r}", f"`deadlines` has: {nearest_names(rest, deadlines)}.")
    deadline = deadlines[rest]
    return lambda facts: deadline(facts.now)


def _build_progress(rest: str, scope: Scope) -> Render | NameProblem:
    if rest not in ("", "fraction"):
        return NameProblem(f"progress has no {rest!r}", "Write $progress for 0 to 100, $progress.fraction for 0 to 1.")
    if rest:
        return lambda facts: (facts.now.span.progress(facts.at) or 0) / 100
    return lambda facts: facts.now.span.progress(facts.at) or 0


def _build_ledger(rest: str, scope: Scope) -> Render | NameProblem:
    if rest != "total" or scope.kind is None:
        return NameProblem(f"the ledger has no {rest!r}", "Write $ledger.total: what was charged less the refunds.")
    kind = scope.kind

    def total(facts: Facts) -> float:
        amount: float = 0
        for entry in kind.ledger(facts.now.job, facts.at):
            amount += -entry.amount if entry.entry in ("refund", "release") else entry.amount
        return amount

    return total


def _from_spec(section: str) -> Build:
    def build(rest: str, scope: Scope) -> Render | NameProblem:
        path = rest.split(".")
        if len(path) == 1:
            return lambda facts: facts.now.job.spec.get(section, {}).get(rest)
        return lambda facts: look_up(facts.now.job.spec.get(section), path)

    return build


def _member_of(getter: Render) -> Build:
    def build(rest: str, scope: Scope) -> Render | NameProblem:
        path = rest.split(".")
        return lambda facts: look_up(getter(facts), path)

    return build


def _build_update(rest: str, scope: Scope) -> Render | NameProblem:
    def latest(facts: Facts) -> Any:
        command = facts.now.job.last_command("update")
        if command is None:
            return None
        return command.data.get(rest)

    return latest


def _build_made(name: str, scope: Scope, part: Render = lambda facts: ()) -> Render | NameProblem:
    """Build an id of the job, or of the part of it that the numbers stand for."""
    form = scope.tables.ids.get(name)
    if form is None:
        return NameProblem(f"there is no id {name!r}", f"`ids` has: {nearest_names(name, scope.tables.ids)}.")
    return lambda facts: form.make(facts.now.job.id, name, *part(facts), at=facts.now.job.created)


def _build_item(rest: str, scope: Scope) -> Render | NameProblem:
    section, _, name = rest.partition(".")
    if section != "made":
        return _extra("item")(rest, scope)
    return _build_made(name, scope, lambda facts: (facts.extra["item"]["index"],))


def _find_address(name: str, addresses: Mapping[str, Render], which: str) -> Render | NameProblem:
    if name in addresses:
        return addresses[name]
    known = nearest_names(name, addresses) or "none"
    return NameProblem(f"there is no operation {name!r} {which}", f"Operations {which}: {known}.")


def _from_call(getter: Callable[[str, Facts], Any]) -> Build:
    return lambda rest, scope: partial(getter, rest)


def _query(name: str, facts: Facts) -> Any:
    return facts.call.query(name) or None


def _path(name: str, facts: Facts) -> Any:
    return facts.call.path_params.get(name)


def _header(name: str, facts: Facts) -> Any:
    return facts.call.request.headers.get(name.lower())


def _extra(section: str) -> Build:
    def build(rest: str, scope: Scope) -> Render | NameProblem:
        path = [section, *rest.split(".")] if rest else [section]
        known = PARTS_OF_EXTRAS.get(section)
        if rest and known is not None and path[1] not in known:
            return NameProblem(f"`${section}` has no {path[1]!r}", f"It has: {nearest_names(path[1], sorted(known))}.")
        return lambda facts: look_up(facts.extra, path)

    return build


def _build_mistakes(rest: str, scope: Scope) -> Render | NameProblem:
    if rest not in ("", "text"):
        return NameProblem(f"`$mistakes` has no {rest!r}", "Write $mistakes for the list, $mistakes.text for the text.")
    name = "mistakes_text" if rest else "mistakes"
    return lambda facts: facts.extra.get(name)


_STATE: Final = "a state"
_MEMBER: Final = "a member, or a path of members"
NAMES: Final[Mapping[str, NameSpec]] = {
    "id": NameSpec(Place.JOB, "The job's id.", _plain("now.job.id")),
    "state": NameSpec(Place.JOB, "The job's state.", _plain("now.state")),
    "number": NameSpec(Place.JOB, "The job's number: 1 for the first of its kind.", _plain("now.job.number")),
    "created": NameSpec(Place.JOB, "When the job was created.", _plain("now.job.created"), is_instant=True),
    "changed": NameSpec(Place.JOB, "When the present state was entered.", _plain("now.span.entered"), is_instant=True),
    "ended": NameSpec(Place.JOB, "When the job ended.", _plain("now.ended_at"), is_instant=True),
    "entered": NameSpec(
        Place.JOB, "When the state was entered; nothing before.", _of_state(_entered), _STATE, is_instant=True
    ),
    "seconds": NameSpec(
        Place.JOB,
        "The seconds since the state was entered (`total`: since the creation), at most until the end.",
        _of_state(_seconds, "total"),
        "a state, or `total`",
    ),
    "time": NameSpec(Place.JOB, "An instant of the kind's `times`.", _build_time, "its name", is_instant=True),
    "past": NameSpec(Place.JOB, "`true` from an instant of the kind's `times` on.", _build_past, "its name"),
    "deadline": NameSpec(
        Place.JOB, "The instant of one of the kind's `deadlines`.", _build_deadline, "its name", is_instant=True
    ),
    "cause": NameSpec(Place.JOB, "What led to the state: `time`, `cancel` or `deadline`.", _plain("now.span.cause")),
    "progress": NameSpec(
        Place.JOB, "The percentage of the work, or with `.fraction` 0 to 1.", _build_progress, "(fraction)"
    ),
    "count": NameSpec(
        Place.JOB, "The number of items in a state, or of all.", _build_count, "states of items (`a|b`), or `total`"
    ),
    "ledger": NameSpec(Place.JOB, "What the job has cost so far.", _build_ledger, "total"),
    "request": NameSpec(
        Place.JOB, "A member of the create request, with the default of its field.", _from_spec("request"), _MEMBER
    ),
    "remembered": NameSpec(
        Place.JOB, "What an operation's `remember` took from the create.", _from_spec("remembered"), "its name"
    ),
    "field": NameSpec(
        Place.JOB,
        "A member that a scenario's `fields` show, for this state or the job.",
        _member_of(attrgetter("now.scripted")),
        _MEMBER,
    ),
    "update": NameSpec(Place.JOB, "What the latest update set.", _build_update, "a name of its `update`"),
    "made": NameSpec(Place.JOB, "An id that belongs to the job, in a form of `ids`.", _build_made, "its name"),
    "url": NameSpec(
        Place.JOB,
        "The address of an operation about the job.",
        lambda rest, scope: _find_address(rest, scope.tables.urls, "about a job"),
        "an operation",
    ),
    "address": NameSpec(
        Place.CALL,
        "The address of an operation about no job.",
        lambda rest, scope: _find_address(rest, scope.tables.addresses, "about no job"),
        "an operation",
    ),
    "first_item": NameSpec(
        Place.JOB, "A member of the first item's part of the request.", _member_of(_first_item), _MEMBER
    ),
    "problems": NameSpec(
        Place.JOB,
        "The mistakes in the file that a batch's items stand in: `code`, `message`, `param` and `line` of each.",
        lambda rest, scope: _problems,
    ),
    "upload": NameSpec(Place.CALL, "The text of a file of the form.", _from_call(_upload), "its field"),
    "path": NameSpec(Place.CALL, "A parameter of the path.", _from_call(_path), "its name"),
    "query": NameSpec(Place.CALL, "A parameter of the query.", _from_call(_query), "its name"),
    "header": NameSpec(Place.CALL, "A header of the request.", _from_call(_header), "its name"),
    "body": NameSpec(
        Place.CALL, "A member of the body of this request.", _member_of(lambda facts: facts.call.body), _MEMBER
    ),
    "key": NameSpec(Place.CALL, "The API key of the request.", _plain("call.api_key")),
    "request_id": NameSpec(Place.CALL, "The id of this request.", _plain("call.request_id")),
    "now": NameSpec(Place.CALL, "The instant of this request.", _plain("at"), is_instant=True),
    "webhook_secret": NameSpec(
        Place.CALL, "The secret that webhooks are signed with.", lambda rest, scope: lambda facts: DEFAULT_SECRET
    ),
    "error": NameSpec(
        Place.ERROR, "The error's `status`, `message`, or one of its `values`.", _extra("error"), "its name"
    ),
    "mistakes": NameSpec(
        Place.MISTAKES, "The mistakes as `mistakes.entry` has them, or as `.text`.", _build_mistakes, "(text)"
    ),
    "mistake": NameSpec(
        Place.MISTAKE,
        "Of a mistake: `code`, `message`, `path`, `field`, `name`, `parent`, `value`, `expected`, `options`, "
        "`names`, `low`, `high`, `limit`, `count`. In an error it is the first one.",
        _extra("mistake"),
        "its name",
    ),
    "page": NameSpec(
        Place.PAGE,
        "Of a list: `jobs`, `first_id`, `last_id`, `has_more`, `next_url`, `previous_url`, `number`, `size`, "
        "`pages`, `total`.",
        _extra("page"),
        "its name",
    ),
    "limit": NameSpec(
        Place.LIMIT,
        "Of a rate limit: `limit`, `remaining`, `used`, `reset` (Unix seconds), `reset_after` (seconds), `reset_time`.",
        _extra("limit"),
        "its name",
    ),
    "event": NameSpec(
        Place.EVENT, "Of a delivery: `id`, `type`, `at`, `attempt`, `timestamp`.", _extra("event"), "its name"
    ),
    "item": NameSpec(
        Place.ITEM,
        "Of an item: `index`, `id`, `state`, `request`, `error`, `data`, and `made.NAME`, an id of its own.",
        _build_item,
        _MEMBER,
    ),
    "held": NameSpec(
        Place.CALL, "`done` or `late` in an answer that the operation's `hold` has held; else no value.", _extra("held")
    ),
    "base_url": NameSpec(Place.SNIPPET, "Where the vendor's paths begin.", _extra("base_url")),
}
"""By root. `$job`, `$part.NAME` and `$absent` are forms of values, not names (`values`)."""

PARTS_OF_EXTRAS: Final[Mapping[str, frozenset[str]]] = {
    "mistake": frozenset(
        ("code", "message", "path", "field", "name", "parent", "value", "expected", "options", "names", "low", "high",
         "limit", "count")
    ),
    "page": frozenset(
        ("jobs", "first_id", "last_id", "has_more", "next_url", "previous_url", "number", "size", "pages", "total")
    ),
    "limit": frozenset(("limit", "remaining", "used", "reset", "reset_after", "reset_time")),
    "event": frozenset(("id", "type", "at", "attempt", "timestamp")),
    "item": frozenset(("index", "id", "state", "request", "error", "data")),
}  # fmt: skip
"""The parts that the names of a place have."""

VOLATILE_NAMES: Final = frozenset({"request_id", "now"})
"""Names whose value differs with each request: an answer with one of them is never cached."""
TIMED_NAMES: Final = frozenset({"seconds"})
"""Names whose value grows while the job runs."""
