"""Drift: what recorded answers show that a capture does not document, counted over many exchanges.

    drift = DriftCollector(load_capture("phaseo"))
    for exchange in recording:
        drift.add(exchange)
    drift.changes()

Theory of operation. The differences between an answer and its documentation are the judge's
(`schema.answer_differences`); each becomes a note, and a note is counted once an answer. An answer equal to the one
before it has the same notes: most of a recording of polls is the same body again. Bodies that no schema can tell apart
(`body_signature`) share their notes, too. Memory grows with the number of different notes, never with the recording,
and no further than `MAX_NOTES`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mockserver.contract.compare.body_signature import BodySignatures
from mockserver.contract.compare.changes import ChangePlace, ContractChange, Occurrences, shorten, sort_changes
from mockserver.contract.documents.capture import Capture, DocumentedAnswer, DocumentedOperation
from mockserver.contract.documents.waivers import Waiver
from mockserver.contract.findings import Finding
from mockserver.contract.judge.exchange import schema_rule
from mockserver.contract.judge.hosts import is_local_host, request_host, vendors_by_host
from mockserver.contract.judgement import count_name
from mockserver.contract.schema.answer_differences import (
    content_difference,
    header_differences,
    json_bodies,
    known_value_differences,
    may_have_body,
    may_have_lost_headers,
    media_type,
    value_differences,
)
from mockserver.contract.schema.declared import declared_fields, fields_present, parent_marker
from mockserver.contract.schema.difference import Difference, DifferenceKind
from mockserver.contract.schema.http_semantics import is_http_answer
from mockserver.contract.schema.json_values import canonical_json
from mockserver.contract.schema.shape import CLOSING_KEYWORDS
from mockserver.core.instants import Instant
from mockserver.core.pointer import escape_token, unescape_token
from mockserver.core.wire import Exchange, Request, Response

MAX_NOTES: Final = 5_000
"""Different notes that are kept."""
MAX_VALUES_PER_PLACE: Final = 20
"""Different values that are reported at one place."""
MAX_REMEMBERED_BODIES: Final = 2_000
"""Body signatures whose notes are remembered."""
MAX_FOREIGN_NAMES: Final = 100
"""Foreign hosts that are counted by name; the others together."""
_PATH_ID: Final = re.compile(r"(?=[^/]*\d)[^/]{6,}")
"""A path segment that looks like an id."""

_CHECK_BY_KEYWORD: Final = {
    "enum": "DIF104",
    "const": "DIF104",
    "type": "DIF106",
    "required": "DIF108",
    "additionalProperties": "DIF103",
    "unevaluatedProperties": "DIF103",
}
"""The check of each JSON Schema keyword that a value breaks; DIF107 for the others."""
_MESSAGE_BY_CHECK: Final = {
    "DIF103": "a field is not allowed",
    "DIF104": "{value} is not a documented value",
    "DIF105": "the value is null",
    "DIF106": "the value has another type",
}


class DriftNote(NamedTuple):
    """One difference, at one place with the indexes of arrays left out."""

    check: str
    message: str
    place: ChangePlace
    pointer: str
    """JSON pointer in the capture: the answer, schema or header that documents otherwise."""
    before: str = ""
    """The documented values."""


@dataclass(slots=True)
class _NoteCount:
    """The number of answers that have a note, and the times of the first and the last."""

    example: str
    first: Instant
    last: Instant
    count: int = 0


NoteExamples = dict[DriftNote, str]
"""The notes of one answer, each with an example."""
AnswerKey = tuple[str, str]
"""An operationId and a status; of a call that the capture does not have, empty and `GET /path`."""
_BodyKey = tuple[str, str, str]
"""An operationId, a status and the pointer of a schema."""


class DriftCollector:
    """Collects and counts the drift of exchanges from one capture."""

    def __init__(self, capture: Capture) -> None:
        self.capture = capture
        self.exchanges = 0
        self.judged = 0
        """Answers of calls that the capture has."""
        self.foreign_calls: Counter[str] = Counter()
        """Exchanges of another API, by host (or by call if the host is not known)."""
        self.dropped = 0
        """Notes beyond `MAX_NOTES` or `MAX_VALUES_PER_PLACE`."""
        self._servers = {server for operation in capture.operations for server in operation.servers}
        owners = vendors_by_host()
        self._names_hosts = any(server.origin for server in self._servers)
        self._own_hosts = frozenset(host for host, owner in owners.items() if owner == capture.vendor)
        self._other_hosts: frozenset[str] = frozenset()
        """Hosts whose calls are no calls of this API, whatever their path: those of other vendors."""
        if self._own_hosts:
            self._other_hosts = frozenset(owners) - self._own_hosts
        templates = [
            each for operation in capture.operations for each in (operation.template, *operation.full_templates)
        ]
        self._path_roots = [template.split("/")[1:2] for template in templates]
        self._counts_by_note: dict[DriftNote, _NoteCount] = {}
        self._value_counts: Counter[tuple[str, ChangePlace]] = Counter()
        self._answer_counts: Counter[AnswerKey] = Counter()
        self._present_fields: dict[_BodyKey, set[str]] = {}
        self._last_answers: dict[AnswerKey, tuple[Response, NoteExamples]] = {}
        self._signatures: dict[_BodyKey, BodySignatures] = {}
        self._notes_by_signature: dict[tuple[_BodyKey, int], list[tuple[DriftNote, str]]] = {}
        self._waived_value_fields: frozenset[str | None] = frozenset()
        """Fields of which a waiver names a value: the last part of its place that is no index and no star."""
        for each in capture.waivers:
            if each.value is not None:
                names = [part for part in each.where.split("/")[1:] if part != "*" and not part.isdigit()]
                self._waived_value_fields |= {unescape_token(names[-1]) if names else None}

    def add(self, exchange: Exchange) -> None:
        """Count the drift of one exchange; one without an answer shows nothing."""
        self.exchanges += 1
        request, response = exchange.request, exchange.response
        if response is None:
            return
        operation = self.capture.find(request.method, request.path)
        if operation is None and request.method.upper() == "OPTIONS":
            return
        host = request_host(exchange)
        if host is not None and not self._may_be_of_this_api(host):
            count_name(self.foreign_calls, host, MAX_FOREIGN_NAMES)
            return
        if operation is None:
            self._add_unknown_call(exchange, response.status, host)
            return
        self.judged += 1
        key = operation.id, str(response.status)
        self._answer_counts[key] += 1
        last = self._last_answers.get(key)
        if last is None or last[0] != response:
            last = response, self._notes_of_answer(operation, response, request)
            self._last_answers[key] = last
        self._count_notes(last[1], exchange.sent_at)

    def _add_unknown_call(self, exchange: Exchange, status: int, host: str | None) -> None:
        """Count a call that the capture does not have: as drift, or as foreign.

        It is a call of this API if its host or path is, and it was not refused as unknown.
        """
        request = exchange.request
        call = f"{request.method} {_PATH_ID.sub('{}', request.path)}"
        is_stand_in = (host is None or is_local_host(host)) and request.path.split("/")[1:2] in self._path_roots
        is_known = host is not None and self._is_named(host)
        if status in (404, 405) or not (is_known or is_stand_in):
            count_name(self.foreign_calls, host or call, MAX_FOREIGN_NAMES)
            return
        self._answer_counts["", call] += 1
        note = DriftNote("DIF100", "the capture does not have this call", ChangePlace("", call), "#/paths")
        self._count_notes({note: str(status)}, exchange.sent_at)

    def _may_be_of_this_api(self, host: str) -> bool:
        """Return False for a host that is not the contract's: an equal path there proves nothing about this API.

        A stand-in on this machine may be. So may any host that is not another vendor's, if the contract names none.
        """
        if is_local_host(host) or self._is_named(host):
            return True
        return not self._names_hosts and host not in self._other_hosts

    def _is_named(self, host: str) -> bool:
        """Return True for a host of the contract's servers, and for one that its vendor is known by."""
        return host in self._own_hosts or any(server.is_at(host) for server in self._servers)

    def changes(self, *, with_times: bool = True) -> list[ContractChange]:
        """Return every note with its count, and the documented fields that no answer had, the worst first."""
        found = []
        for note, count in self._counts_by_note.items():
            operation, where = note.place
            # The place of an unknown call is the call itself, that of another note is `response STATUS ...`.
            answer_key = (operation, where.split(" ")[1]) if operation else ("", where)
            occurrences = Occurrences(count.count, self._answer_counts[answer_key])
            if with_times:
                occurrences = occurrences._replace(first=count.first, last=count.last)
            change = ContractChange(note.check, note.message, note.pointer, note.before, count.example)
            found.append(change._replace(places=(note.place,), occurrences=occurrences))
        return sort_changes([*found, *self._unseen_fields()])

    def _unseen_fields(self) -> Iterator[ContractChange]:
        """Yield the documented fields of successes that no answer had; of an object that no answer had, only itself."""
        noted = {note.place for note in self._counts_by_note}
        for (operation, status, schema), present in self._present_fields.items():
            if not status.startswith("2"):
                continue
            occurrences = Occurrences(0, self._answer_counts[operation, status])
            for where, pointer in declared_fields(self.capture, schema).items():
                place = ChangePlace(operation, f"response {status} {where}")
                if where not in present and parent_marker(where) in present and place not in noted:
                    message = f"the documented field {where.rpartition('/')[2]!r} was never seen"
                    change = ContractChange("DIF110", message, pointer)
                    yield change._replace(places=(place,), occurrences=occurrences)

    def _notes_of_answer(self, operation: DocumentedOperation, response: Response, request: Request) -> NoteExamples:
        """Return the notes of an answer, each with its first example; an answer of HTTP itself has none."""
        answer = operation.answer(response.status)
        if answer is None and is_http_answer(request, response.status):
            return {}
        if answer is None:
            message, documented = f"the status {response.status} is not documented", ", ".join(operation.answers)
            place = ChangePlace(operation.id, f"response {response.status}")
            note = DriftNote("DIF101", message, place, operation.pointer, shorten(documented))
            return {note: str(response.status)}
        examples: NoteExamples = {}
        call = _AnsweredCall(operation, answer, response, self.capture.waivers)
        for note, example in self._notes_of_documented(call, request.method):
            examples.setdefault(note, example)
        return examples

    def _notes_of_documented(self, call: "_AnsweredCall", method: str) -> Iterator[tuple[DriftNote, str]]:
        """Yield the notes of an answer whose status is documented: of its headers, its content type and its body."""
        _, answer, response, _ = call
        lost_headers = may_have_lost_headers(response)
        for each in header_differences(self.capture, answer, response):
            if each.kind is DifferenceKind.MISSING_HEADER and not lost_headers:
                where = f"header {each.names[0].lower()}"
                yield call.note("DIF111", "a documented header is missing", where, each.pointer), ""
        if not may_have_body(method, response.status):
            return
        content = content_difference(answer, response)
        names_type = bool(media_type(response)) or not lost_headers
        if content is not None and content.kind is not DifferenceKind.EMPTY_BODY and names_type:
            note = call.note("DIF102", "the content type is not documented", "", answer.pointer, content.allowed)
            yield note, media_type(response) or "none"
        for schema, body in json_bodies(answer, response):
            for problem in body.problems:
                yield call.note("DIF113", problem, "", answer.pointer), ""
            if body.is_readable:
                yield from self._notes_of_body(call, schema, body.value)

    def _notes_of_body(self, call: "_AnsweredCall", schema: str, value: Any) -> list[tuple[DriftNote, str]]:
        """Return the notes of a JSON body: those of an earlier body with the same signature, if there was one."""
        key = call.operation.id, str(call.response.status), schema
        if key not in self._signatures:
            # The values of these fields decide on their notes, so they must be part of the signature.
            coded = {pointer[1:] for pointer in call.answer.body.get("x-known-values", ())}
            self._signatures[key] = BodySignatures(self.capture, schema, self._waived_value_fields | coded)
        signature = self._signatures[key].signature_of(value)
        if signature is not None and (key, signature) in self._notes_by_signature:
            return self._notes_by_signature[key, signature]
        present = fields_present(value, declared_fields(self.capture, schema))
        self._present_fields.setdefault(key, set()).update(present)
        notes = list(call.body_notes(schema, value, value_differences(self.capture, schema, value)))
        if len(self._notes_by_signature) >= MAX_REMEMBERED_BODIES:
            self._notes_by_signature.clear()
        if signature is not None:
            self._notes_by_signature[key, signature] = notes
        return notes

    def _count_notes(self, notes: NoteExamples, sent: Instant) -> None:
        for note, example in notes.items():
            count = self._counts_by_note.get(note)
            if count is None:
                place = note.check, note.place
                if len(self._counts_by_note) >= MAX_NOTES or self._value_counts[place] >= MAX_VALUES_PER_PLACE:
                    self.dropped += 1
                    continue
                self._value_counts[place] += 1
                count = self._counts_by_note[note] = _NoteCount(example, sent, sent)
            count.count += 1
            count.first = min(count.first, sent)
            count.last = max(count.last, sent)


class _AnsweredCall(NamedTuple):
    """A documented answer of a call; turns its differences into notes, each with its example."""

    operation: DocumentedOperation
    answer: DocumentedAnswer
    response: Response
    waivers: tuple[Waiver, ...]

    def note(self, check: str, message: str, where: str, pointer: str, documented: tuple[str, ...] = ()) -> DriftNote:
        place = ChangePlace(self.operation.id, f"response {self.response.status} {where}".rstrip())
        return DriftNote(check, message, place, pointer, shorten(", ".join(documented)))

    def body_notes(self, schema: str, body: Any, differences: list[Difference]) -> Iterator[tuple[DriftNote, str]]:
        """Yield notes of the differences of a JSON body from its schema, and of its error code from the known ones."""
        undeclared = {each.pointer.rpartition("/")[0] for each in differences if each.kind is DifferenceKind.UNDECLARED}
        for each in differences:
            where, value = generalize_pointer(body, each.pointer), shorten(canonical_json(each.value))
            if each.kind is DifferenceKind.ABSENT:
                for name in each.names:
                    place = f"{where}/{escape_token(name)}"
                    yield self.note("DIF109", f"the service did not send {name!r}", place, schema), ""
            elif each.kind is DifferenceKind.UNDECLARED:
                note = self.note("DIF103", f"the field {where.rpartition('/')[2]!r} is not declared", where, schema)
                yield self._waived(note, each), value
            # An undeclared field breaks a closed schema, too: it is noted once, by its name.
            elif each.kind is DifferenceKind.VIOLATION and not (
                each.keyword in CLOSING_KEYWORDS and each.pointer in undeclared
            ):
                check = _CHECK_BY_KEYWORD.get(each.keyword or "", "DIF107")
                if each.value is None and check in ("DIF104", "DIF106"):
                    check = "DIF105"
                message = _MESSAGE_BY_CHECK.get(check, "the value breaks {keyword!r}")
                message = message.format(value=value, keyword=each.keyword)
                if check == "DIF108":
                    message, value = each.message, ""  # the value is the whole object: the message names the field
                note = self.note(check, message, where, schema, each.allowed)
                yield self._waived(note, each), value
        for each in known_value_differences(self.answer, body):
            value = shorten(canonical_json(each.value))
            message = f"the code {value} is not known"
            yield self.note("DIF112", message, each.pointer, self.answer.pointer, each.allowed), value

    def _waived(self, note: DriftNote, difference: Difference) -> DriftNote:
        """Return the note, or DIF114 with the reason if a waiver covers the difference."""
        finding = Finding(
            rule=schema_rule(difference, self.response.status),
            level="info",
            message="",
            where=difference.pointer,
            source="",
            operation=self.operation.id,
            value=canonical_json(difference.value),
        )
        for waiver in self.waivers:
            if waiver.matches(finding):
                return note._replace(check="DIF114", message=f"{note.message}: {waiver.reason}")
        return note


def generalize_pointer(value: Any, pointer: str) -> str:
    """Return a pointer into a value with a star for each index of an array."""
    parts = []
    for part in pointer.split("/")[1:]:
        if isinstance(value, list):
            parts.append("*")
            value = value[int(part)]
        else:
            parts.append(part)
            value = value.get(unescape_token(part))
    return "".join(f"/{part}" for part in parts)
