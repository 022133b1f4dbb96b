"""The section `errors`: the documented statuses, the situations that each answers, the shape of bodies."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.pack_draft.calls import ApiCall
from mockserver.pack_draft.entries import Entry, given
from mockserver.pack_draft.job_values import safe_sample
from mockserver.pack_draft.lifecycle_section import NOT_CANCELLABLE
from mockserver.pack_draft.questions import Questions
from mockserver.pack_draft.schemas import EMPTY, FlatSchema, SchemaReader

CONFLICTS: Final = (409, 412, 400, 403)
"""Statuses of a cancel that comes too late, the likeliest first."""
INVALID: Final = "invalid"
"""The error of an invalid request; every draft has it."""
_MAX_STATUSES: Final = 40
_BODY_SITUATIONS: Final = ("invalid body", "invalid query")
_FORM_SITUATIONS: Final = ("no JSON", "no object", "wrong content type", "bad HTTP")
_NAMES: Final[Mapping[int, tuple[str, tuple[str, ...], str]]] = {
    400: ("bad_request", _FORM_SITUATIONS, "The request is not valid."),
    401: ("no_key", ("no key", "malformed key", "unknown key", "expired key"), "The API key is missing or not valid."),
    402: ("no_credit", (), "There is not enough credit."),
    403: ("forbidden", (), "The key may not do this."),
    404: ("not_found", ("no job", "malformed id", "unknown path"), "It was not found."),
    405: ("wrong_method", ("wrong method",), "The method is not allowed."),
    409: ("conflict", (), "The state does not allow this."),
    413: ("too_large", ("too large",), "The body is too large."),
    415: ("wrong_type", ("wrong content type",), "The content type is not supported."),
    422: ("unprocessable", (), "The request cannot be processed."),
    429: ("rate_limited", ("rate limited", "too many jobs"), "There are too many requests."),
    500: ("server_error", (), "The server failed."),
    503: ("unavailable", (), "The service is unavailable."),
}
"""By status: the name, the situations, the message."""
_INVALID_STATUSES: Final = (422, 400)
_MESSAGE: Final = re.compile(r"message|detail|description|title|msg|error|reason", re.IGNORECASE)
_MESSAGE_ORDER: Final = ("message", "detail", "error_message", "description", "msg", "error", "title", "reason")
_MAX_DEPTH: Final = 3


class ErrorWriter:
    """Writes the errors of the calls of all kinds of job."""

    def __init__(self, reader: SchemaReader, questions: Questions) -> None:
        self._reader = reader
        self._questions = questions

    def section(self, calls: Sequence[ApiCall], cancels: Sequence[ApiCall]) -> Entry:
        """Return the section; `cancels` are the calls among them that cancel."""
        statuses = sorted({status for call in calls for status in call.error_statuses})[:_MAX_STATUSES]
        bodies = {status: self._body(_first_body(calls, str(status))) for status in statuses}
        shown = [body for body in bodies.values() if body]
        shape = max(shown, key=shown.count, default=None) or self._body(_first_body(calls, "default", "4XX"))
        if not shape:
            shape = {"error": "$error.message"}
            self._questions.ask("errors", "shape", question="What is the body of an error? The document has none.")
        section: Entry = {"shape": shape}
        own_bodies = {status: given(body=body) for status, body in bodies.items() if body != shape}
        conflict = next((status for status in CONFLICTS for call in cancels if status in call.error_statuses), 0)
        for status in statuses:
            if status == conflict and status not in _INVALID_STATUSES:
                continue
            name, situations, message = _NAMES.get(status, (f"status_{status}", (), "The request failed."))
            answers = given(**{"for": list(situations)})
            entry: Entry = {"status": status, **answers, "message": message, "source": "document"}
            section[name] = {**entry, **own_bodies.get(status, {})}
        self._name_invalid(section, statuses)
        if conflict:
            section[NOT_CANCELLABLE] = {
                "status": conflict,
                "for": ["cancel refused"],
                "message": "It is ${state}.",
                **own_bodies.get(conflict, {}),
                "source": "document",
            }
        self._questions.ask("errors", question="What are the texts of these errors? They are made up.")
        return section

    def _name_invalid(self, section: Entry, statuses: Sequence[int]) -> None:
        """Let the likeliest status answer invalid bodies, with a name that other sections know."""
        status = next((each for each in _INVALID_STATUSES if each in statuses), 0)
        if not status:
            self._questions.ask(
                "errors", INVALID, question="What does an invalid body get? The document has no 400 or 422."
            )
            section[INVALID] = _invalid({"status": 400, "source": {"inferred": "The usual status."}}, _FORM_SITUATIONS)
            return
        entry = section.pop(_NAMES[status][0])
        others = tuple(entry.get("for", ()))
        if 400 not in statuses:
            others = _FORM_SITUATIONS
        section[INVALID] = _invalid(entry, others)

    def _body(self, view: FlatSchema) -> Any:
        if view is EMPTY or not view.members:
            return None
        return self._object(view, 0)

    def _object(self, view: FlatSchema, depth: int) -> Entry:
        whole = next(iter(view.alternatives), view)
        members = self._reader.each_member(whole)
        texts = [name for name, member in members if member.type in ("string", "") and not member.members]
        named = [name for name in _MESSAGE_ORDER if name in texts]
        message = next(iter([*named, *filter(_MESSAGE.search, texts)]), None)
        built = {}
        for name, member in self._reader.each_member(whole):
            if name.startswith("$"):
                continue
            built[name] = self._member(name, member, depth, is_message=name == message)
        return built

    def _member(self, name: str, member: FlatSchema, depth: int, *, is_message: bool) -> Any:
        if is_message:
            return "$error.message"
        if member.type == "integer" and re.search("status|code", name, re.IGNORECASE):
            return "$error.status"
        if re.fullmatch("request_?id", name, re.IGNORECASE) and member.type == "string":
            return "$request_id"
        if member.type == "object" and member.members and depth < _MAX_DEPTH:
            return self._object(member, depth + 1)
        if member.type == "array":
            return []
        return safe_sample(self._reader, member)


def _invalid(entry: Entry, others: Sequence[str]) -> Entry:
    own = {"status": entry["status"], "for": [*_BODY_SITUATIONS, *others], "message": "$mistakes.text"}
    return {**own, **{key: value for key, value in entry.items() if key not in own}}


def _first_body(calls: Sequence[ApiCall], *statuses: str) -> FlatSchema:
    """Return the JSON body of the first call that documents one of the statuses with a body."""
    for call in calls:
        for status in statuses:
            if status in call.operation.answers:
                view = call.answer(status)
                if view.members:
                    return view
    return EMPTY
