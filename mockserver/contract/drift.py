"""Drift: what recorded answers show that a capture does not say, over many exchanges and with their number.

    seen = Drift(load("phaseo"))
    for exchange in recording: seen.add(exchange)
    seen.changes()

Theory of operation. Every answer comes down to a set of notes (a status, a field, a value that nobody documented, and
where), and a note is counted once an answer. An answer with the body of the one before it has its notes, too: most of
a recording of polls is the same body again. What is kept grows with what is different, never with the recording, and
no further than `MOST`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from mockserver.contract.body import Body, read_json, read_lines
from mockserver.contract.capture import Answer, Capture, Operation
from mockserver.contract.changes import Change, Place, Seen, ranked
from mockserver.contract.declared import declared, met_in, parent
from mockserver.contract.diff_shapes import short
from mockserver.contract.drift_alike import Marks
from mockserver.contract.findings import Finding
from mockserver.contract.judge import JSON_LINES, media_type
from mockserver.contract.schemas import Violation, violations
from mockserver.contract.shape import text
from mockserver.contract.walk import Stray, strays
from mockserver.core.instants import Instant
from mockserver.core.pointer import escaped, unescaped
from mockserver.core.wire import Exchange, Response

MOST: Final = 5_000
"""Different notes that are kept."""
MOST_VALUES: Final = 20
"""Different values that are told of one place."""
MOST_ALIKE: Final = 2_000
"""Bodies whose notes are remembered for those that show the same."""
MOST_STRANGERS: Final = 100
"""Other hosts that are named."""
_ID: Final = re.compile(r"(?=[^/]*\d)[^/]{6,}")
_CLOSED: Final = ("additionalProperties", "unevaluatedProperties")
_LOCAL: Final = ("localhost", "127.0.0.1", "[::1]", "")
_CHECK_OF: Final = {
    "enum": "DIF104",
    "const": "DIF104",
    "type": "DIF106",
    "required": "DIF108",
    "additionalProperties": "DIF103",
    "unevaluatedProperties": "DIF103",
}
"""The check of each keyword that an answer breaks; DIF107 for the others."""


_RULE_OF: Final = {"DIF103": "S4", "DIF104": "S5", "DIF105": "S6"}
"""The rule that a waiver of such a sighting is for; S3 for the others."""


class Note(NamedTuple):
    """One thing that an answer shows, wherever in an array it stands."""

    check: str
    message: str
    place: Place
    pointer: str
    """The documented answer, or call."""
    before: str = ""
    """What is documented."""


@dataclass(slots=True)
class _Times:
    """How often a note was taken, and on what."""

    example: str
    first: Instant
    last: Instant
    count: int = 0


Notes = dict[Note, str]
"""The notes of one answer, each with an example."""
Kind = tuple[str, str]
"""A call and the status that documents the answer."""


def drift(capture: Capture, exchanges: Iterable[Exchange], *, measured: bool = True) -> list[Change]:
    """What the exchanges show that the capture does not say; without `measured` no times are told."""
    seen = Drift(capture)
    for exchange in exchanges:
        seen.add(exchange)
    return seen.changes(measured=measured)


class Drift:
    """What was seen so far."""

    def __init__(self, capture: Capture) -> None:
        self.capture = capture
        self.exchanges = 0
        self.judged = 0
        """Answers of calls that the capture has."""
        self.strangers: Counter[str] = Counter()
        """Exchanges that are of another API, by host (or path, where no host is known)."""
        self.left_out = 0
        """Notes beyond `MOST`."""
        self._hosts = {urlsplit(str(each.get("url"))).netloc for each in capture.document.get("servers", ())}
        self._roots = [operation.template.split("/")[1:2] for operation in capture.operations]
        self._times: dict[Note, _Times] = {}
        self._values: Counter[tuple[str, Place]] = Counter()
        self._answers: Counter[Kind] = Counter()
        self._met: dict[tuple[str, str, str], set[str]] = {}
        self._last: dict[Kind, tuple[Response, Notes]] = {}
        self._marks: dict[tuple[str, str, str], Marks] = {}
        self._alike: dict[tuple[tuple[str, str, str], int | None], list[tuple[Note, str]]] = {}
        self._valued = frozenset(_last_name(each.where) for each in capture.waivers if each.value is not None)
        """Fields of which a waiver names a value."""

    def add(self, exchange: Exchange) -> None:
        """Look at one exchange; one without an answer shows nothing."""
        self.exchanges += 1
        request, response = exchange.request, exchange.response
        if response is None:
            return
        operation = self.capture.find(request.method, request.path)
        if operation is None:
            self._strange(exchange, response)
            return
        self.judged += 1
        kind = operation.id, str(response.status)
        self._answers[kind] += 1
        before = self._last.get(kind)
        if before is None or before[0] != response:
            empty = request.method.upper() == "HEAD"
            before = self._last[kind] = response, _first(_Look(self, operation, response, empty).notes())
        self._count(before[1], exchange.sent)

    def _count(self, notes: Notes, sent: Instant) -> None:
        for note, example in notes.items():
            times = self._times.get(note) or self._kept(note, example, sent)
            if times:
                times.count += 1
                times.first, times.last = min(times.first, sent), max(times.last, sent)

    def _kept(self, note: Note, example: str, sent: Instant) -> _Times | None:
        """Room for a new note, if there is some."""
        place = note.check, note.place
        if len(self._times) >= MOST or self._values[place] >= MOST_VALUES:
            self.left_out += 1
            return None
        self._values[place] += 1
        times = self._times[note] = _Times(example, sent, sent)
        return times

    def _strange(self, exchange: Exchange, response: Response) -> None:
        """A call that the capture does not have: of this API, if its host or path says so and it was not refused."""
        request = exchange.request
        host = request.headers.get("host") or request.headers.get(":authority") or ""
        call = f"{request.method} {_ID.sub('{}', request.path)}"
        if response.status in (404, 405) or not self._ours(host, request.path):
            name = host or call
            self.strangers[name if name in self.strangers or len(self.strangers) < MOST_STRANGERS else "others"] += 1
            return
        self._answers["", call] += 1
        note = Note("DIF100", "the capture does not have this call", Place("", call), "#/paths")
        self._count({note: str(response.status)}, exchange.sent)

    def _ours(self, host: str, path: str) -> bool:
        """Whether a call is one of the capture's server, or of something that stands in for it."""
        local = host in _LOCAL or host.rpartition(":")[0] in _LOCAL
        return host in self._hosts or (local and path.split("/")[1:2] in self._roots)

    def alike(self, look: "_Look", answer: Answer, schema: str, value: Any) -> list[tuple[Note, str]]:
        """The notes of a JSON body: those of an earlier one that shows the same, if there was one."""
        kind = look.operation.id, str(look.response.status), schema
        if kind not in self._marks:
            self._marks[kind] = Marks(self.capture, schema, self._valued | _coded(answer))
        mark = self._marks[kind].of(value)
        notes = self._alike.get((kind, mark))
        if notes is None:
            self._met.setdefault(kind, set()).update(met_in(value, declared(self.capture, schema)))
            notes = [*look.value(schema, value), *look.codes(answer, value)]
            if len(self._alike) >= MOST_ALIKE:
                self._alike.clear()
            if mark is not None:
                self._alike[kind, mark] = notes
        return notes

    def changes(self, *, measured: bool = True) -> list[Change]:
        """Everything that was seen, and the fields that never were, the worst first."""
        return ranked([*(self._change(note, times, measured) for note, times in self._times.items()), *self._never()])

    def _change(self, note: Note, times: _Times, measured: bool) -> Change:
        of = self._answers[_kind(note.place)]
        when = (times.first, times.last) if measured else (None, None)
        seen = Seen(times.count, of, *when)
        return Change(note.check, note.message, note.pointer, note.before, times.example, (note.place,), seen)

    def _never(self) -> Iterator[Change]:
        """The documented fields of successful answers that no answer had, though it had what they are fields of."""
        told = {note.place for note in self._times}
        for (operation, status, schema), met in self._met.items():
            if not status.startswith("2"):
                continue
            of = self._answers[operation, status]
            for where, pointer in declared(self.capture, schema).items():
                place = Place(operation, f"response {status} {where}")
                if where not in met and parent(where) in met and place not in told:
                    message = f"the documented field {where.rpartition('/')[2]!r} was never seen"
                    yield Change("DIF110", message, pointer, "", "", (place,), Seen(0, of))


def _kind(place: Place) -> Kind:
    return (place.operation, place.where.split(" ")[1]) if place.operation else ("", place.where)


def _last_name(where: str) -> str | None:
    """The field that a waiver's place is in: the last part of it that is no index and no star."""
    names = [part for part in where.split("/")[1:] if part != "*" and not part.isdigit()]
    return unescaped(names[-1]) if names else None


def _coded(answer: Answer) -> frozenset[str]:
    """The fields whose known values are listed beside the schema."""
    return frozenset(pointer[1:] for pointer in answer.body.get("x-known-values", ()))


def _first(notes: Iterable[tuple[Note, str]]) -> Notes:
    """Each note with its first example."""
    found: Notes = {}
    for note, example in notes:
        found.setdefault(note, example)
    return found


class _Look(NamedTuple):
    """One answer, looked at."""

    drift: Drift
    operation: Operation
    response: Response
    empty: bool
    """Whether the answer has no body, whatever its headers say."""

    def notes(self) -> Iterator[tuple[Note, str]]:
        """Everything that the capture does not say about it."""
        answer = self.operation.answer(self.response.status)
        if answer is None:
            documented = ", ".join(self.operation.answers)
            message = f"the status {self.response.status} is not documented"
            yield self.note("DIF101", message, self.operation.pointer, "", documented), str(self.response.status)
            return
        yield from self.headers(answer)
        media = self.media(answer)
        if media:
            yield from self.body(answer, media)
        elif self.response.body and not self.empty:
            sent, known = media_type(self.response), ", ".join(answer.body.get("content", ()))
            yield self.note("DIF102", "the content type is not documented", answer.pointer, "", known), sent or "none"

    def note(self, check: str, message: str, pointer: str, where: str, before: str = "") -> Note:
        return Note(check, message, self.place(where), pointer, short(before))

    def place(self, where: str) -> Place:
        return Place(self.operation.id, f"response {self.response.status} {where}".rstrip())

    def told(self, note: Note, found: Violation | Stray) -> Note:
        """The note, or that a waiver knows of it."""
        rule, value = _RULE_OF.get(note.check, "S3"), text(found.value)
        finding = Finding(rule, "info", "", found.pointer, "", operation=self.operation.id, value=value)
        waiver = next((each for each in self.drift.capture.waivers if each.fits(finding)), None)
        return note._replace(check="DIF114", message=f"{note.message}: {waiver.reason}") if waiver else note

    def media(self, answer: Answer) -> str | None:
        """The documented content type that fits."""
        sent, known = media_type(self.response), answer.body.get("content", {})
        return next((key for key in (sent, sent.split("/")[0] + "/*", "*/*") if key in known), None)

    def headers(self, answer: Answer) -> Iterator[tuple[Note, str]]:
        for name in answer.body.get("headers", ()):
            pointer, header = self.drift.capture.follow(f"{answer.pointer}/headers/{escaped(name)}")
            if header.get("required") is True and self.response.header(name) is None:
                yield self.note("DIF111", "a documented header is missing", pointer, f"header {name.lower()}"), ""

    def body(self, answer: Answer, media: str) -> Iterator[tuple[Note, str]]:
        schema = f"{answer.pointer}/content/{escaped(media)}/schema"
        described = "schema" in answer.body["content"][media]
        for body in () if self.empty or not described else self.bodies(media):
            for problem in body.problems:
                yield self.note("DIF113", problem, answer.pointer, ""), ""
            if body.readable:
                yield from self.drift.alike(self, answer, schema, body.value)

    def bodies(self, media: str) -> Iterator[Body]:
        if media in JSON_LINES:
            yield from read_lines(self.response.body)
        elif media == "application/json" or media.endswith("+json"):
            yield read_json(self.response.body)

    def value(self, schema: str, value: Any) -> Iterator[tuple[Note, str]]:
        broken, others = violations(self.drift.capture, schema, value), list(strays(self.drift.capture, schema, value))
        named = {stray.pointer.rpartition("/")[0] for stray in others if stray.kind == "undeclared"}
        for violation in broken:
            if not (violation.keyword in _CLOSED and violation.pointer in named):
                yield self.broken(schema, violation, generic(value, violation.pointer))
        for stray in others:
            yield from self.stray(schema, stray, generic(value, stray.pointer))

    def broken(self, schema: str, violation: Violation, where: str) -> tuple[Note, str]:
        check, value = _CHECK_OF.get(violation.keyword, "DIF107"), short(text(violation.value))
        if violation.value is None and check in ("DIF104", "DIF106"):
            check, message = "DIF105", "it is null"
        elif check == "DIF104":
            message = f"{value} is not a documented value"
        elif check == "DIF108":
            message, value = violation.message, ""
        else:
            message = _SAID.get(check, f"it breaks {violation.keyword!r}")
        allowed = ", ".join(violation.allowed)
        return self.told(Note(check, message, self.place(where), schema, short(allowed)), violation), value

    def stray(self, schema: str, stray: Stray, where: str) -> Iterator[tuple[Note, str]]:
        if stray.kind == "undeclared":
            message = f"the field {where.rpartition('/')[2]!r} is not declared"
            yield self.told(Note("DIF103", message, self.place(where), schema), stray), short(text(stray.value))
        elif stray.kind == "absent":
            for name in stray.siblings:
                message = f"the service did not send {name!r}"
                yield self.note("DIF109", message, schema, f"{where}/{escaped(name)}"), ""

    def codes(self, answer: Answer, value: Any) -> Iterator[tuple[Note, str]]:
        for pointer, known in answer.body.get("x-known-values", {}).items():
            found = value.get(pointer[1:]) if isinstance(value, dict) else None
            if found is not None and found not in known:
                message, allowed = f"the code {short(text(found))} is not known", ", ".join(map(str, known))
                yield self.note("DIF112", message, answer.pointer, pointer, allowed), text(found)


_SAID: Final = {"DIF103": "a field is not allowed", "DIF106": "it is of another type"}


def generic(value: Any, pointer: str) -> str:
    """A pointer into a value with a star for each index of an array."""
    parts = []
    for part in pointer.split("/")[1:]:
        parts.append("*" if isinstance(value, list) else part)
        value = value[int(part)] if isinstance(value, list) else value.get(unescaped(part))
    return "".join(f"/{part}" for part in parts)
