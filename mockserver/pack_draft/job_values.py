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
_NEVER: Final = ""
"""Of an instant that no rule of the job gives."""
"""Levels of an object whose members are looked at one by one; deeper ones are samples."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_TIME_NAME: Final = re.compile(r".*(?:_at|At|_time|Time|_date|Date|_on|timestamp)|created|updated|started|ended")
_TIME_FORMATS: Final = ("date-time", "unix-time", "timestamp")
_UNIX_SECONDS: Final = "unix"
_ERROR_NAME: Final = re.compile(r"error|fail", re.IGNORECASE)
_OUTPUT_NAME: Final = re.compile(r"output|result|download|(video|image|file)_?url|artifact|response", re.IGNORECASE)
_PROGRESS_NAME: Final = re.compile(r"progress|percent", re.IGNORECASE)

Value = Any


@dataclass(frozen=True, kw_only=True)
class JobContext:
    """What is known of the job that a body shows."""

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
        path = self._context.status_path if status_path is None else status_path
        return self._object(view, path, self._id_member(view), 0)

    def _id_member(self, view: FlatSchema) -> str | None:
        return next((name for name in self._context.id_names if name in view.members), None)

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
            if len(status_path) == 1:
                return self._status()
            return self._object(member, status_path[1:], None, depth + 1)
        if name == "done" and self._context.is_operation:
            return {"$by": "$state", "$terminal": True, "else": False}
        return None

    def _status(self) -> Value:
        wire = self._context.guess.wire
        others = {state: safe_value(text) for state, text in wire.items() if text != state}
        return {"$by": "$state", **others, "else": "$state"} if others else "$state"

    def _by_name(self, name: str, member: FlatSchema, is_required: bool, depth: int) -> Value:
        """Return the value that a member's name and type suggest."""
        mark = "" if is_required or member.nullable else "?"
        instant = self._instant(name, member, mark)
        if instant is not None:
            return None if instant == _NEVER else instant
        if member.type in ("integer", "number") and _PROGRESS_NAME.search(name):
            return self._progress(member)
        address = self._address(name, member)
        if address:
            return address
        if self._is_of_request(name, member):
            return f"$request.{name}{mark}"
        sample = self._sample(member, depth)
        missing = None if member.nullable else "$absent"
        is_optional = member.nullable or not is_required
        if is_optional and _ERROR_NAME.search(name):
            failed = self._context.guess.of(Stage.FAILED, Stage.EXPIRED)
            return {"$by": "$state", "|".join(failed): sample, "else": missing} if failed else missing
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
        value += mark if value not in ("$created", "$changed") else ""
        time_format = time_format_of(member)
        if time_format == self._context.time_format:
            return value
        return {"$time": value.removesuffix("?"), "as": time_format}

    def _progress(self, member: FlatSchema) -> Value:
        high = member.keyword("maximum")
        is_fraction = isinstance(high, int | float) and high <= 1
        whole = 1 if is_fraction else 100
        name = "$progress.fraction" if is_fraction else "$progress"
        working = "|".join(self._context.guess.of(Stage.WORKING))
        cases = {working: name} if working else {}
        return {"$by": "$state", **cases, "|".join(success_states(self._context.guess)): whole, "else": 0}

    def _address(self, name: str, member: FlatSchema) -> str:
        """Return the address of an operation for a member such as `status_url` or `urls.cancel`."""
        if member.type != "string" or not re.search(
            r"ur[il]$|^href$", f"{name}{member.keyword('format') or ''}".lower()
        ):
            return ""
        if re.search("cancel", name, re.IGNORECASE):
            return f"$url.{self._context.cancel_name}" if self._context.cancel_name else ""
        if re.search(r"^(get|self|status|poll|href|location)", name, re.IGNORECASE):
            return f"$url.{self._context.read_name}"
        return ""

    def _is_of_request(self, name: str, member: FlatSchema) -> bool:
        if name not in self._context.request.members or not _NAME.fullmatch(name):
            return False
        asked = self._reader.member(self._context.request, name)
        return asked.type == member.type and asked.keyword("format") != "binary"

    def _sample(self, member: FlatSchema, depth: int) -> Value:
        if member.type == "object" and member.members and not member.alternatives and depth < MAX_DEPTH:
            return self._object(member, (), None, depth + 1)
        return safe_value(SampleMaker(self._reader, only_required=False).value(member))

    def _states_of_members(self, view: FlatSchema, status_path: tuple[str, ...]) -> dict[str, list[str]]:
        """Return the states of the members that only some variants of the job have."""
        if len(status_path) != 1 or not view.alternatives:
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
    working = guess.of(Stage.WORKING)
    for words, value in (
        (("cancel",), "".join(f"$entered.{state}" for state in guess.of(Stage.CANCELLING, Stage.CANCELLED)[:1])),
        (("fail",), "".join(f"$entered.{state}" for state in guess.of(Stage.FAILED)[:1])),
        (("creat", "submit", "request", "queue", "receiv"), "$created"),
        (("update", "modif", "change"), "$changed"),
        (("start", "begin", "process"), f"$entered.{working[0]}" if working else ""),
        (("complet", "finish", "end", "done"), "$ended"),
    ):
        if any(word in lower for word in words):
            return value
    return ""


def time_format_of(member: FlatSchema) -> str:
    """Return how a member writes instants: by its type, and by the example that the document has."""
    example = member.keyword("example")
    if member.type != "string":
        return "unix-ms" if isinstance(example, int) and example > 10**11 else _UNIX_SECONDS
    fraction = re.search(r"\.(\d+)", str(example or ""))
    if fraction is not None:
        return "iso-us" if len(fraction[1]) > 3 else "iso-ms"
    return "iso-s" if example else "iso-ms"


def safe_value(value: Any) -> Any:
    """Return a sample as a value of a pack: no text in it is the name of a value."""
    if isinstance(value, str):
        text = "".join(character for character in value if character.isprintable()).replace("${", "{")
        return f"${text}" if text.startswith("$") else text
    if isinstance(value, list):
        return [safe_value(each) for each in value]
    if isinstance(value, dict):
        return {
            key: safe_value(each) for key, each in value.items() if isinstance(key, str) and not key.startswith("$")
        }
    return value
