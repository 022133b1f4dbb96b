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

from mockserver.contract.compare.body_signature import BodySignatures
from mockserver.contract.compare.changes import ChangePlace, ContractChange, Occurrences, sort_changes
from mockserver.contract.compare.diff_shapes import shorten
from mockserver.contract.documents.capture import Capture, DocumentedAnswer, DocumentedOperation
from mockserver.contract.documents.strict_json import ParsedJson, read_json, read_json_lines
from mockserver.contract.findings import Finding
from mockserver.contract.judge.exchange import JSON_LINES_TYPES, media_type
from mockserver.contract.schema.declared import declared_fields, fields_present, parent_marker
from mockserver.contract.schema.shape import canonical_json
from mockserver.contract.schema.undeclared import Undocumented, find_undocumented
from mockserver.contract.schema.validate import SchemaViolation, violations
from mockserver.core.instants import Instant
from mockserver.core.pointer import escape_token, unescape_token
from mockserver.core.wire import Exchange, Response

MAX_NOTES: Final = 5_000
"""Different notes that are kept."""
MAX_VALUES_PER_PLACE: Final = 20
"""Different values that are told of one place."""
MAX_REMEMBERED_BODIES: Final = 2_000
"""Bodies whose notes are remembered for those that show the same."""
MAX_FOREIGN_NAMES: Final = 100
"""Other hosts that are named."""
_PATH_ID: Final = re.compile(r"(?=[^/]*\d)[^/]{6,}")
_CLOSING_KEYWORDS: Final = ("additionalProperties", "unevaluatedProperties")
_LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]", "")
_CHECK_BY_KEYWORD: Final = {
    "enum": "DIF104",
    "const": "DIF104",
    "type": "DIF106",
    "required": "DIF108",
    "additionalProperties": "DIF103",
    "unevaluatedProperties": "DIF103",
}
"""The check of each keyword that an answer breaks; DIF107 for the others."""


_RULE_BY_CHECK: Final = {"DIF103": "S4", "DIF104": "S5", "DIF105": "S6"}
"""The rule that a waiver of such a sighting is for; S3 for the others."""


class DriftNote(NamedTuple):
    """One thing that an answer shows, wherever in an array it stands."""

    check: str
    message: str
    place: ChangePlace
    pointer: str
    """The documented answer, or call."""
    before: str = ""
    """What is documented."""


@dataclass(slots=True)
class _NoteCount:
    """How often a note was taken, and on what."""

    example: str
    first: Instant
    last: Instant
    count: int = 0


NoteExamples = dict[DriftNote, str]
"""The notes of one answer, each with an example."""
AnswerKey = tuple[str, str]
"""A call and the status that documents the answer."""


def find_drift(capture: Capture, exchanges: Iterable[Exchange], *, with_times: bool = True) -> list[ContractChange]:
    """What the exchanges show that the capture does not say; without `measured` no times are told."""
    seen = DriftCollector(capture)
    for exchange in exchanges:
        seen.add(exchange)
    return seen.changes(with_times=with_times)


class DriftCollector:
    """What was seen so far."""

    def __init__(self, capture: Capture) -> None:
        self.capture = capture
        self.exchanges = 0
        self.judged = 0
        """Answers of calls that the capture has."""
        self.foreign_calls: Counter[str] = Counter()
        """Exchanges that are of another API, by host (or path, where no host is known)."""
        self.dropped = 0
        """Notes beyond `MOST`."""
        self._hosts = {urlsplit(str(each.get("url"))).netloc for each in capture.document.get("servers", ())}
        self._path_roots = [operation.template.split("/")[1:2] for operation in capture.operations]
        self._counts_by_note: dict[DriftNote, _NoteCount] = {}
        self._value_counts: Counter[tuple[str, ChangePlace]] = Counter()
        self._answer_counts: Counter[AnswerKey] = Counter()
        self._present_fields: dict[tuple[str, str, str], set[str]] = {}
        self._last_answers: dict[AnswerKey, tuple[Response, NoteExamples]] = {}
        self._signatures: dict[tuple[str, str, str], BodySignatures] = {}
        self._notes_by_signature: dict[tuple[tuple[str, str, str], int | None], list[tuple[DriftNote, str]]] = {}
        self._waived_value_fields = frozenset(
            _last_field_name(each.where) for each in capture.waivers if each.value is not None
        )
        """Fields of which a waiver names a value."""

    def add(self, exchange: Exchange) -> None:
        """Look at one exchange; one without an answer shows nothing."""
        self.exchanges += 1
        request, response = exchange.request, exchange.response
        if response is None:
            return
        operation = self.capture.find(request.method, request.path)
        if operation is None:
            self._note_unknown_call(exchange, response)
            return
        self.judged += 1
        kind = operation.id, str(response.status)
        self._answer_counts[kind] += 1
        before = self._last_answers.get(kind)
        if before is None or before[0] != response:
            empty = request.method.upper() == "HEAD"
            before = self._last_answers[kind] = (
                response,
                _first_examples(_AnswerInspection(self, operation, response, empty).find_notes()),
            )
        self._count_notes(before[1], exchange.sent_at)

    def _count_notes(self, notes: NoteExamples, sent: Instant) -> None:
        for note, example in notes.items():
            times = self._counts_by_note.get(note) or self._add_note(note, example, sent)
            if times:
                times.count += 1
                times.first, times.last = min(times.first, sent), max(times.last, sent)

    def _add_note(self, note: DriftNote, example: str, sent: Instant) -> _NoteCount | None:
        """Room for a new note, if there is some."""
        place = note.check, note.place
        if len(self._counts_by_note) >= MAX_NOTES or self._value_counts[place] >= MAX_VALUES_PER_PLACE:
            self.dropped += 1
            return None
        self._value_counts[place] += 1
        times = self._counts_by_note[note] = _NoteCount(example, sent, sent)
        return times

    def _note_unknown_call(self, exchange: Exchange, response: Response) -> None:
        """A call that the capture does not have: of this API, if its host or path says so and it was not refused."""
        request = exchange.request
        host = request.headers.get("host") or request.headers.get(":authority") or ""
        call = f"{request.method} {_PATH_ID.sub('{}', request.path)}"
        if response.status in (404, 405) or not self._is_same_api(host, request.path):
            name = host or call
            self.foreign_calls[
                name if name in self.foreign_calls or len(self.foreign_calls) < MAX_FOREIGN_NAMES else "others"
            ] += 1
            return
        self._answer_counts["", call] += 1
        note = DriftNote("DIF100", "the capture does not have this call", ChangePlace("", call), "#/paths")
        self._count_notes({note: str(response.status)}, exchange.sent_at)

    def _is_same_api(self, host: str, path: str) -> bool:
        """Whether a call is one of the capture's server, or of something that stands in for it."""
        local = host in _LOCAL_HOSTS or host.rpartition(":")[0] in _LOCAL_HOSTS
        return host in self._hosts or (local and path.split("/")[1:2] in self._path_roots)

    def notes_of_body(
        self, inspection: "_AnswerInspection", answer: DocumentedAnswer, schema: str, value: Any
    ) -> list[tuple[DriftNote, str]]:
        """The notes of a JSON body: those of an earlier one that shows the same, if there was one."""
        kind = inspection.operation.id, str(inspection.response.status), schema
        if kind not in self._signatures:
            self._signatures[kind] = BodySignatures(
                self.capture, schema, self._waived_value_fields | _known_value_fields(answer)
            )
        mark = self._signatures[kind].signature_of(value)
        notes = self._notes_by_signature.get((kind, mark))
        if notes is None:
            self._present_fields.setdefault(kind, set()).update(
                fields_present(value, declared_fields(self.capture, schema))
            )
            notes = [*inspection.value_notes(schema, value), *inspection.known_value_notes(answer, value)]
            if len(self._notes_by_signature) >= MAX_REMEMBERED_BODIES:
                self._notes_by_signature.clear()
            if mark is not None:
                self._notes_by_signature[kind, mark] = notes
        return notes

    def changes(self, *, with_times: bool = True) -> list[ContractChange]:
        """Everything that was seen, and the fields that never were, the worst first."""
        return sort_changes(
            [
                *(self._to_change(note, times, with_times) for note, times in self._counts_by_note.items()),
                *self._unseen_fields(),
            ]
        )

    def _to_change(self, note: DriftNote, times: _NoteCount, with_times: bool) -> ContractChange:
        of = self._answer_counts[_answer_key(note.place)]
        when = (times.first, times.last) if with_times else (None, None)
        seen = Occurrences(times.count, of, *when)
        return ContractChange(note.check, note.message, note.pointer, note.before, times.example, (note.place,), seen)

    def _unseen_fields(self) -> Iterator[ContractChange]:
        """The documented fields of successful answers that no answer had, though it had what they are fields of."""
        told = {note.place for note in self._counts_by_note}
        for (operation, status, schema), met in self._present_fields.items():
            if not status.startswith("2"):
                continue
            of = self._answer_counts[operation, status]
            for where, pointer in declared_fields(self.capture, schema).items():
                place = ChangePlace(operation, f"response {status} {where}")
                if where not in met and parent_marker(where) in met and place not in told:
                    message = f"the documented field {where.rpartition('/')[2]!r} was never seen"
                    yield ContractChange("DIF110", message, pointer, "", "", (place,), Occurrences(0, of))


def _answer_key(place: ChangePlace) -> AnswerKey:
    return (place.operation, place.where.split(" ")[1]) if place.operation else ("", place.where)


def _last_field_name(where: str) -> str | None:
    """The field that a waiver's place is in: the last part of it that is no index and no star."""
    names = [part for part in where.split("/")[1:] if part != "*" and not part.isdigit()]
    return unescape_token(names[-1]) if names else None


def _known_value_fields(answer: DocumentedAnswer) -> frozenset[str]:
    """The fields whose known values are listed beside the schema."""
    return frozenset(pointer[1:] for pointer in answer.body.get("x-known-values", ()))


def _first_examples(notes: Iterable[tuple[DriftNote, str]]) -> NoteExamples:
    """Each note with its first example."""
    found: NoteExamples = {}
    for note, example in notes:
        found.setdefault(note, example)
    return found


class _AnswerInspection(NamedTuple):
    """One answer, looked at."""

    collector: DriftCollector
    operation: DocumentedOperation
    response: Response
    is_empty: bool
    """Whether the answer has no body, whatever its headers say."""

    def find_notes(self) -> Iterator[tuple[DriftNote, str]]:
        """Everything that the capture does not say about it."""
        answer = self.operation.answer(self.response.status)
        if answer is None:
            documented = ", ".join(self.operation.answers)
            message = f"the status {self.response.status} is not documented"
            yield self.note("DIF101", message, self.operation.pointer, "", documented), str(self.response.status)
            return
        yield from self.header_notes(answer)
        media = self.matching_media_type(answer)
        if media:
            yield from self.body_notes(answer, media)
        elif self.response.body and not self.is_empty:
            sent, known = media_type(self.response), ", ".join(answer.body.get("content", ()))
            yield self.note("DIF102", "the content type is not documented", answer.pointer, "", known), sent or "none"

    def note(self, check: str, message: str, pointer: str, where: str, before: str = "") -> DriftNote:
        return DriftNote(check, message, self.place(where), pointer, shorten(before))

    def place(self, where: str) -> ChangePlace:
        return ChangePlace(self.operation.id, f"response {self.response.status} {where}".rstrip())

    def waive(self, note: DriftNote, found: SchemaViolation | Undocumented) -> DriftNote:
        """The note, or that a waiver knows of it."""
        rule, value = _RULE_BY_CHECK.get(note.check, "S3"), canonical_json(found.value)
        finding = Finding(rule, "info", "", found.pointer, "", operation=self.operation.id, value=value)
        waiver = next((each for each in self.collector.capture.waivers if each.matches(finding)), None)
        return note._replace(check="DIF114", message=f"{note.message}: {waiver.reason}") if waiver else note

    def matching_media_type(self, answer: DocumentedAnswer) -> str | None:
        """The documented content type that fits."""
        sent, known = media_type(self.response), answer.body.get("content", {})
        return next((key for key in (sent, sent.split("/")[0] + "/*", "*/*") if key in known), None)

    def header_notes(self, answer: DocumentedAnswer) -> Iterator[tuple[DriftNote, str]]:
        for name in answer.body.get("headers", ()):
            pointer, header = self.collector.capture.follow(f"{answer.pointer}/headers/{escape_token(name)}")
            if header.get("required") is True and self.response.header(name) is None:
                yield self.note("DIF111", "a documented header is missing", pointer, f"header {name.lower()}"), ""

    def body_notes(self, answer: DocumentedAnswer, media: str) -> Iterator[tuple[DriftNote, str]]:
        schema = f"{answer.pointer}/content/{escape_token(media)}/schema"
        described = "schema" in answer.body["content"][media]
        for body in () if self.is_empty or not described else self.read_json_texts(media):
            for problem in body.problems:
                yield self.note("DIF113", problem, answer.pointer, ""), ""
            if body.is_readable:
                yield from self.collector.notes_of_body(self, answer, schema, body.value)

    def read_json_texts(self, media: str) -> Iterator[ParsedJson]:
        if media in JSON_LINES_TYPES:
            yield from read_json_lines(self.response.body)
        elif media == "application/json" or media.endswith("+json"):
            yield read_json(self.response.body)

    def value_notes(self, schema: str, value: Any) -> Iterator[tuple[DriftNote, str]]:
        broken, others = (
            violations(self.collector.capture, schema, value),
            list(find_undocumented(self.collector.capture, schema, value)),
        )
        named = {stray.pointer.rpartition("/")[0] for stray in others if stray.kind == "undeclared"}
        for violation in broken:
            if not (violation.keyword in _CLOSING_KEYWORDS and violation.pointer in named):
                yield self.violation_note(schema, violation, generalize_pointer(value, violation.pointer))
        for stray in others:
            yield from self.undocumented_notes(schema, stray, generalize_pointer(value, stray.pointer))

    def violation_note(self, schema: str, violation: SchemaViolation, where: str) -> tuple[DriftNote, str]:
        check, value = _CHECK_BY_KEYWORD.get(violation.keyword, "DIF107"), shorten(canonical_json(violation.value))
        if violation.value is None and check in ("DIF104", "DIF106"):
            check, message = "DIF105", "it is null"
        elif check == "DIF104":
            message = f"{value} is not a documented value"
        elif check == "DIF108":
            message, value = violation.message, ""
        else:
            message = _MESSAGE_BY_CHECK.get(check, f"it breaks {violation.keyword!r}")
        allowed = ", ".join(violation.allowed)
        return self.waive(DriftNote(check, message, self.place(where), schema, shorten(allowed)), violation), value

    def undocumented_notes(self, schema: str, stray: Undocumented, where: str) -> Iterator[tuple[DriftNote, str]]:
        if stray.kind == "undeclared":
            message = f"the field {where.rpartition('/')[2]!r} is not declared"
            yield (
                self.waive(DriftNote("DIF103", message, self.place(where), schema), stray),
                shorten(canonical_json(stray.value)),
            )
        elif stray.kind == "absent":
            for name in stray.siblings:
                message = f"the service did not send {name!r}"
                yield self.note("DIF109", message, schema, f"{where}/{escape_token(name)}"), ""

    def known_value_notes(self, answer: DocumentedAnswer, value: Any) -> Iterator[tuple[DriftNote, str]]:
        for pointer, known in answer.body.get("x-known-values", {}).items():
            found = value.get(pointer[1:]) if isinstance(value, dict) else None
            if found is not None and found not in known:
                message, allowed = f"the code {shorten(canonical_json(found))} is not known", ", ".join(map(str, known))
                yield self.note("DIF112", message, answer.pointer, pointer, allowed), canonical_json(found)


_MESSAGE_BY_CHECK: Final = {"DIF103": "a field is not allowed", "DIF106": "it is of another type"}


def generalize_pointer(value: Any, pointer: str) -> str:
    """A pointer into a value with a star for each index of an array."""
    parts = []
    for part in pointer.split("/")[1:]:
        parts.append("*" if isinstance(value, list) else part)
        value = value[int(part)] if isinstance(value, list) else value.get(unescape_token(part))
    return "".join(f"/{part}" for part in parts)
