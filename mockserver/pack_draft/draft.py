"""Drafts a pack from an OpenAPI document: joins the sections, and says what was found.

draft = draft_pack(capture, "press", "2026-11-02")
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import Capture
from mockserver.core.text import pluralize
from mockserver.errors import Location, refuse
from mockserver.pack_draft.calls import MAX_CALLS, ApiCall, read_calls_of, server_prefix
from mockserver.pack_draft.entries import Entry, given, mapping_or_empty
from mockserver.pack_draft.error_section import ErrorWriter
from mockserver.pack_draft.hints import hint_names, hinted_stages
from mockserver.pack_draft.identity_sections import id_form, key_section, required_headers
from mockserver.pack_draft.job_finder import FoundJob, find_jobs
from mockserver.pack_draft.job_values import JobContext, JobValues, time_format_of
from mockserver.pack_draft.lifecycle_section import cancel_table, state_entries
from mockserver.pack_draft.operation_section import DraftedCall, OperationWriter, documents_conflict, named_calls
from mockserver.pack_draft.pack_text import pack_text
from mockserver.pack_draft.questions import Questions
from mockserver.pack_draft.request_fields import FieldWriter, request_sample
from mockserver.pack_draft.schemas import EMPTY, FlatSchema, SchemaReader
from mockserver.pack_draft.status_words import MAX_STATUSES, LifecycleGuess, Stage, guess_lifecycle, stage_of
from mockserver.pack_draft.webhook_section import WebhookWriter, remembered_receiver

VENDOR_NAME: Final = re.compile("[a-z][a-z0-9_-]*")
_DEFAULT_STATUSES: Final = ("queued", "running", "succeeded", "failed")
"""Statuses of a document that lists none."""
_CANCELLED: Final = "cancelled"
_ERA: Final = {
    "summary": "The API as its OpenAPI document describes it.",
    "uncaptured": "The document that this was drafted from is not in ./contracts.",
}
_MAX_LEFT_OUT: Final = 5
"""Calls without a job that the question about them names."""


class PackDraft(NamedTuple):
    """A drafted pack."""

    text: str
    summary: tuple[str, ...]
    """What was found, a line each."""
    questions: int
    """The number of open questions."""


def draft_pack(capture: Capture, vendor: str, date: str, file: str = "") -> PackDraft:
    """Draft the pack of an API; `date` is that of its only era, `file` names the document in problems.

    Raises `MockError`: PDR001 for a document without a job, PDR002 for a name that no vendor can have.
    """
    if not VENDOR_NAME.fullmatch(vendor):
        hint = "Use small letters, digits, `-` and `_`, with a letter first."
        raise refuse("PDR002", f"{vendor!r} cannot be a vendor's name", hint)
    reader = SchemaReader(capture)
    calls = read_calls_of(capture, reader, server_prefix(capture))
    jobs = find_jobs(calls, reader)
    if not jobs:
        message = f"none of the {pluralize(len(calls), 'call')} of this document shows a job"
        hint = (
            "A job is an object with a status that a GET with its id answers, and that a POST creates. Name the status "
            "`status` or `state`, and list its values in an enum."
        )
        raise refuse("PDR001", message, hint, Location(file or capture.name))
    return _Drafter(capture, reader, vendor, date).draft(jobs, calls)


class _Drafter:
    """Joins the sections of one draft."""

    def __init__(self, capture: Capture, reader: SchemaReader, vendor: str, date: str) -> None:
        self._capture = capture
        self._reader = reader
        self._vendor = vendor
        self._date = date
        self._questions = Questions()
        self._fields = FieldWriter(reader, self._questions)
        self._summary: list[str] = []

    def draft(self, jobs: tuple[FoundJob, ...], calls: tuple[ApiCall, ...]) -> PackDraft:
        """Draft the pack of these jobs; `calls` are all calls of the document."""
        questions = self._questions
        chosen = [_with_cancel_by_delete(job) for job in jobs]
        time_format = self._time_format(chosen)
        kinds: Entry = {}
        ids: Entry = {}
        requests: Entry = {}
        operations: Entry = {}
        for job in chosen:
            guess = self._guess(job)
            names = named_calls(job, is_only=len(chosen) == 1)
            ids[job.name] = id_form(self._id_views(job), job.name, questions)
            requests |= self._requests(names)
            kinds[job.name], written = self._kind(job, guess, names, time_format)
            operations |= written
            self._describe(job, guess, names)
        own = [call for job in chosen for call in job.calls]
        cancels = [call for job in chosen for call in job.cancels]
        info = mapping_or_empty(self._capture.document.get("info"))
        title = str(info.get("title") or self._vendor)
        version = str(info.get("version") or "")
        prefix = server_prefix(self._capture)
        headers = required_headers(own)
        pack = {
            "pack": 1,
            "vendor": self._vendor,
            "title": _one_line(title),
            **given(prefix=prefix),
            "time_format": time_format,
            "sources": {"document": {"page": _one_line(f"OpenAPI document {version}"), "date": self._date}},
            "eras": {self._date: _ERA},
            "key": key_section(self._capture, questions),
            **given(request_headers=headers),
            "ids": ids,
            **given(requests=requests),
            "kinds": kinds,
            "operations": operations,
            "errors": ErrorWriter(self._reader, questions).section(own, cancels),
        }
        questions.ask("operations", question="Which rate limits are there? Without `limits` there are none.")
        self._mark_left_out(calls, own)
        head = "Drafted from an OpenAPI document. A comment that begins with OPEN is a question that it leaves open."
        comments = {(): [head], **questions.comments()}
        self._summary.append(f"{pluralize(questions.count, 'open question')}: search for OPEN")
        return PackDraft(pack_text(pack, comments), tuple(self._summary), questions.count)

    def _guess(self, job: FoundJob) -> LifecycleGuess:
        hints = hinted_stages(job.read, self._capture.document)
        statuses = list(job.shape.statuses)
        if not statuses:
            statuses = [*hints, *(each for each in _DEFAULT_STATUSES if each not in hints)]
            question = "Which statuses are there? The document has no enum of them."
            self._questions.ask("kinds", job.name, "states", question=question)
            if job.cancels and _CANCELLED not in statuses:
                statuses.append(_CANCELLED)
        elif len(statuses) > MAX_STATUSES:
            question = f"Which statuses matter? The document has {len(statuses)}; the first {MAX_STATUSES} are here."
            self._questions.ask("kinds", job.name, "states", question=question)
        elif job.shape.is_operation and not job.shape.status_path and job.cancels:
            statuses.append(_CANCELLED)
        return guess_lifecycle(statuses, hints)

    def _kind(
        self, job: FoundJob, guess: LifecycleGuess, names: tuple[DraftedCall, ...], time_format: str
    ) -> tuple[Entry, Entry]:
        """Return the kind, and its operations."""
        questions, place = self._questions, ("kinds", job.name)
        by_role = {each.role: each.name for each in reversed(names)}
        values = self._values(job, guess, by_role, time_format)
        states = state_entries(guess, questions, job.name, has_cancel=bool(job.cancels))
        table: Entry = {}
        if job.cancels:
            table = cancel_table(
                guess, questions, job.name, refuses=documents_conflict(job), deletes=job.cancels[0].method == "DELETE"
            )
        webhooks = WebhookWriter(self._capture, self._reader, job, guess).section(values, questions)
        questions.ask(*place, "body", question="Which members does each state show, and how long is a job readable?")
        kind = {
            "id": job.name,
            "source": "document",
            **states,
            **given(cancel=table),
            "body": values.body(job.shape.view),
            **given(webhooks=webhooks),
            "example": request_sample(self._reader, job.creates[0].request),
        }
        writer = OperationWriter(
            capture=self._capture,
            reader=self._reader,
            job=job,
            values=values,
            questions=questions,
            read_name=by_role["read"],
        )
        operations = writer.section(names)
        for each in operations.values():
            if each["role"] == "create" and webhooks:
                each |= remembered_receiver(webhooks.get("url", ""))
        return kind, operations

    def _values(self, job: FoundJob, guess: LifecycleGuess, by_role: dict[str, str], time_format: str) -> JobValues:
        names = [job.id_member, job.id_place.partition(".")[2], f"{job.name}_id"]
        id_value: Any = "$id"
        if job.shape.is_operation and job.id_member == "name":
            id_value = f"{job.base.rpartition('/')[2]}/${{id}}"
        return JobValues(
            JobContext(
                reader=self._reader,
                guess=guess,
                status_path=job.shape.status_path,
                is_operation=job.shape.is_operation,
                id_value=id_value,
                id_names=tuple(dict.fromkeys(name for name in names if name)),
                request=job.creates[0].request,
                read_name=by_role["read"],
                cancel_name=by_role.get("cancel", ""),
                time_format=time_format,
            )
        )

    def _requests(self, names: tuple[DraftedCall, ...]) -> Entry:
        found = {}
        for each in names:
            if each.role == "create" and each.call.request is not EMPTY and not each.call.has_other_body:
                entry = self._fields.request(each.call.request, ("requests", each.name))
                found[each.name] = {**entry, "source": "document"}
        return found

    def _id_views(self, job: FoundJob) -> Sequence[FlatSchema]:
        where, _, name = job.id_place.partition(".")
        views = []
        if job.id_member:
            views.append(self._reader.member(job.shape.view, job.id_member))
        if where == "path":
            views.append(job.read.path_parameter(name))
        views += [view for each, view, _ in job.read.query_parameters() if where == "query" and each == name]
        return views

    def _time_format(self, jobs: Sequence[FoundJob]) -> str:
        """Return the commonest format of the instants of all jobs."""
        formats: Counter[str] = Counter()
        for job in jobs:
            for name, member in self._reader.each_member(job.shape.view):
                if member.keyword("format") in ("date-time", "unix-time") or name.endswith(("_at", "At")):
                    formats[time_format_of(member)] += 1
        return next((name for name, _ in formats.most_common(1)), "iso-ms")

    def _describe(self, job: FoundJob, guess: LifecycleGuess, names: Sequence[DraftedCall]) -> None:
        calls = ", ".join(f"{each.name} ({each.call.method} {each.call.path})" for each in names)
        course = " -> ".join(state for state in guess.states if state not in guess.terminal)
        self._summary.append(f"kind {job.name}: {course}; ends: {', '.join(guess.terminal)}")
        self._summary.append(f"  {calls}")
        hints = hint_names(job.read, job.creates, self._capture.document)
        if hints:
            self._summary.append(f"  hints: {', '.join(hints)}")

    def _mark_left_out(self, calls: Sequence[ApiCall], own: Sequence[ApiCall]) -> None:
        others = [f"{call.method} {call.path}" for call in calls if call not in own]
        if not others:
            return
        shown = [*others[:_MAX_LEFT_OUT], *("..." for _ in others[_MAX_LEFT_OUT : _MAX_LEFT_OUT + 1])]
        self._questions.ask(
            "operations", question=f"Which of the other calls do clients need? Left out: {', '.join(shown)}"
        )
        self._summary.append(f"{pluralize(len(others), 'call')} left out")
        if len(calls) == MAX_CALLS:
            self._summary.append(f"only the first {MAX_CALLS} calls were read")


def _with_cancel_by_delete(job: FoundJob) -> FoundJob:
    """Return a job whose DELETE is its cancel, if it has a status for that and no other call."""
    if job.cancels or not job.deletes or Stage.CANCELLED not in map(stage_of, job.shape.statuses):
        return job
    return replace(job, cancels=job.deletes, deletes=())


def _one_line(text: str) -> str:
    others = {ord(character): " " for character in text if not character.isprintable()}
    return " ".join(text.translate(others).split())[:200] or "API"
