"""The bodies of a drafted pack: for each member of a documented object, the value of the pack that it most likely is.

A table of names says which members are instants, errors or outputs of a job; the rest gets a sample. Members that only
some variants of the job have, by its status, are shown in those states.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from mockserver.pack_draft.lifecycle_section import success_states
from mockserver.pack_draft.samples_of_schemas import SampleMaker
from mockserver.pack_draft.schemas import EMPTY, MAX_MEMBERS, FlatSchema, SchemaReader
from mockserver.pack_draft.status_words import LifecycleGuess, Stage, state_name

MAX_DEPTH: Final = 3
"""Levels of an object whose members are looked at one by one; deeper ones are samples."""
_NEVER: Final = ""
"""Of an instant that no rule of the job gives."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_TIME_NAME: Final = re.compile(r".*(?:_at|At|_time|Time|_date|Date|_on|timestamp)|created|updated|started|ended")
_TIME_FORMATS: Final = ("date-time", "unix-time", "timestamp")
_LATEST_UNIX_SECONDS: Final = 10**11
"""A larger number is one of milliseconds."""
_ERROR_NAME: Final = re.compile(r"error|fail", re.IGNORECASE)
_OUTPUT_NAME: Final = re.compile(r"output|result|download|(video|image|file)_?url|artifact|response", re.IGNORECASE)
_PROGRESS_NAME: Final = re.compile(r"progress|percent", re.IGNORECASE)

Value = Any


@dataclass(frozen=True, kw_only=True)
class JobContext:
    """The facts about the job that a body shows."""

    reader: SchemaReader
    guess: LifecycleGuess
    status_path: tuple[str, ...]
    is_operation: bool
    id_value: Value
    id_names: tuple[str, ...]
    """The members that have the id, the likeliest first."""
    request: FlatSchema = EMPTY
    """The body of the create."""
    read_name: str = "get"
    cancel_name: str = ""
    time_format: str = "iso-ms"


class JobValues:
    """Writes the values of bodies about one kind of job."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._reader = context.reader

    def body(self, view: FlatSchema, status_path: tuple[str, ...] | None = None) -> Value:
        """Return the value of an object that shows a job."""
        if status_path is None:
            status_path = self._context.status_path
        id_name = next((name for name in self._context.id_names if name in view.members), None)
        return self._object(view, status_path, id_name, 0)

    def _object(
        self, view: FlatSchema, status_path: tuple[str, ...], id_name: str | None, depth: int
    ) -> dict[str, Value]:
        built: dict[str, Value] = {}
        by_state = self._states_of_members(view, status_path)
        for name in islice(view.members, MAX_MEMBERS):
            member = self._reader.member(view, name)
            if not name or name.startswith("$") or member.keyword("writeOnly") is True:
                continue
            value = self._member(name, member, status_path, name == id_name, depth)
            if value is None:
                value = self._by_name(name, member, name in view.required, depth)
            states = by_state.get(name)
            if states and not (isinstance(value, dict) and "$by" in value):
                value = {"$by": "$state", "|".join(states): value}
            built[name] = value
        return built

    def _member(self, name: str, member: FlatSchema, status_path: tuple[str, ...], is_id: bool, depth: int) -> Value:
        """Return the value of a member that identifies or describes the job itself; None for any other."""
        if is_id:
            return self._context.id_value
        if status_path[:1] == (name,):
            if len(status_path) > 1:
                return self._object(member, status_path[1:], None, depth + 1)
            others = {state: safe_value(text) for state, text in self._context.guess.wire.items() if text != state}
            if not others:
                return "$state"
            return {"$by": "$state", **others, "else": "$state"}
        if name == "done" and self._context.is_operation:
            return {"$by": "$state", "$terminal": True, "else": False}
        return None

    def _by_name(self, name: str, member: FlatSchema, is_required: bool, depth: int) -> Value:
        """Return the value that a member's name and type suggest."""
        mark = "?"
        if is_required or member.nullable:
            mark = ""
        for rule in (self._instant, self._progress, self._address, self._asked):
            value = rule(name, member, mark)
            if value == _NEVER:
                return None
            if value is not None:
                return value
        sample = self._sample(member, depth)
        missing: Value = "$absent"
        if member.nullable:
            missing = None
        is_optional = member.nullable or not is_required
        if is_optional and _ERROR_NAME.search(name):
            failed = self._context.guess.of(Stage.FAILED, Stage.EXPIRED)
            if not failed:
                return missing
            return {"$by": "$state", "|".join(failed): sample, "else": missing}
        if is_optional and _OUTPUT_NAME.search(name):
            return {"$by": "$state", "|".join(success_states(self._context.guess)): sample, "else": missing}
        return sample

    def _instant(self, name: str, member: FlatSchema, mark: str) -> Value:
        is_time = member.keyword("format") in _TIME_FORMATS or _TIME_NAME.fullmatch(name) is not None
        if not is_time or member.type not in ("string", "integer", "number"):
            return None
        value = instant_name(name, self._context.guess)
        if not value and member.nullable:
            return _NEVER
        if not value and mark:
            return "$absent"
        value = value or "$changed"
        if value not in ("$created", "$changed"):
            value += mark
        time_format = time_format_of(member)
        if time_format == self._context.time_format:
            return value
        return {"$time": value.removesuffix("?"), "as": time_format}

    def _progress(self, name: str, member: FlatSchema, mark: str) -> Value:
        if member.type not in ("integer", "number") or not _PROGRESS_NAME.search(name):
            return None
        high = member.keyword("maximum")
        whole, progress = 100, "$progress"
        if isinstance(high, int | float) and high <= 1:
            whole, progress = 1, "$progress.fraction"
        cases: dict[str, Value] = {"$by": "$state"}
        working = self._context.guess.of(Stage.WORKING)
        if working:
            cases["|".join(working)] = progress
        return {**cases, "|".join(success_states(self._context.guess)): whole, "else": 0}

    def _address(self, name: str, member: FlatSchema, mark: str) -> Value:
        """Return the address of an operation for a member such as `status_url` or `urls.cancel`."""
        if member.type != "string" or not re.search(
            r"ur[il]$|^href$", f"{name}{member.keyword('format') or ''}".lower()
        ):
            return None
        if re.search("cancel", name, re.IGNORECASE):
            if not self._context.cancel_name:
                return None
            return f"$url.{self._context.cancel_name}"
        if re.search(r"^(get|self|status|poll|href|location)", name, re.IGNORECASE):
            return f"$url.{self._context.read_name}"
        return None

    def _asked(self, name: str, member: FlatSchema, mark: str) -> Value:
        """Return the value of the request's member of the same name and type."""
        if name not in self._context.request.members or not _NAME.fullmatch(name):
            return None
        asked = self._reader.member(self._context.request, name)
        if asked.type != member.type or asked.keyword("format") == "binary":
            return None
        return f"$request.{name}{mark}"

    def _sample(self, member: FlatSchema, depth: int) -> Value:
        if member.type == "object" and member.members and not member.alternatives and depth < MAX_DEPTH:
            return self._object(member, (), None, depth + 1)
        return safe_sample(self._reader, member)

    def _states_of_members(self, view: FlatSchema, status_path: tuple[str, ...]) -> dict[str, list[str]]:
        """Return the states of the members that only some variants of the job have."""
        if len(status_path) != 1:
            return {}
        statuses = [self._reader.member(each, status_path[0]).options for each in view.alternatives]
        if not all(statuses):
            return {}
        found: dict[str, list[str]] = {}
        for options, variant in zip(statuses, view.alternatives, strict=True):
            for name in variant.members:
                known = found.setdefault(name, [])
                known += [state for option in options if (state := state_name(str(option))) not in known]
        every = set(self._context.guess.states)
        return {name: states for name, states in found.items() if set(states) != every}


def instant_name(name: str, guess: LifecycleGuess) -> str:
    """Return the instant that a member's name says: `$created`, `$entered.STATE`; empty where it says none."""
    lower = name.lower()
    for state in guess.states:
        if state.lower() in lower:
            return f"$entered.{state}"
    for words, value in (
        (("cancel",), "".join(f"$entered.{state}" for state in guess.of(Stage.CANCELLING, Stage.CANCELLED)[:1])),
        (("fail",), "".join(f"$entered.{state}" for state in guess.of(Stage.FAILED)[:1])),
        (("creat", "submit", "request", "queue", "receiv"), "$created"),
        (("update", "modif", "change"), "$changed"),
        (("start", "begin", "process"), "".join(f"$entered.{state}" for state in guess.of(Stage.WORKING)[:1])),
        (("complet", "finish", "end", "done"), "$ended"),
    ):
        if any(word in lower for word in words):
            return value
    return ""


def time_format_of(member: FlatSchema) -> str:
    """Return how a member writes instants: by its type, and by the example that the document has."""
    example = member.keyword("example")
    if member.type != "string":
        if isinstance(example, int) and example > _LATEST_UNIX_SECONDS:
            return "unix-ms"
        return "unix"
    fraction = re.search(r"\.(\d+)", str(example or ""))
    if fraction is not None and len(fraction[1]) > len("000"):
        return "iso-us"
    if fraction is None and example:
        return "iso-s"
    return "iso-ms"


def safe_sample(reader: SchemaReader, view: FlatSchema) -> Any:
    """Return a sample of a schema, with its optional members, as a value of a pack."""
    return safe_value(SampleMaker(reader, only_required=False).value(view))


def safe_value(value: Any) -> Any:
    """Return a sample as a value of a pack: no text in it is the name of a value."""
    if isinstance(value, str):
        text = "".join(character for character in value if character.isprintable()).replace("${", "{")
        if text.startswith("$"):
            return f"${text}"
        return text
    if isinstance(value, list):
        return [safe_value(each) for each in value]
    if isinstance(value, dict):
        return {
            key: safe_value(each) for key, each in value.items() if isinstance(key, str) and not key.startswith("$")
        }
    return value
