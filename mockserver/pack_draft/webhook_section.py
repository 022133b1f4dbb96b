"""The webhooks of a kind: from the callbacks of its creates, the document's `webhooks`, or a field that takes a URL."""

import re
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any, Final

from mockserver.contract.documents.capture import Capture
from mockserver.pack_draft.entries import Entry, given
from mockserver.pack_draft.job_finder import FoundJob
from mockserver.pack_draft.job_shape import find_job_shape, shows_same_job
from mockserver.pack_draft.job_values import JobValues, safe_sample
from mockserver.pack_draft.questions import Questions
from mockserver.pack_draft.schemas import EMPTY, FlatSchema, SchemaReader
from mockserver.pack_draft.status_words import TERMINAL, LifecycleGuess, Stage, stage_of

_MAX_EVENTS: Final = 50
_URL_NAME: Final = re.compile(r"(?:.*_)?(?:webhook|callback|notify|notification)s?(?:_?ur[li])?", re.IGNORECASE)
_TYPE_NAMES: Final = ("type", "event", "event_type", "eventType", "topic")
_TIME_NAME: Final = re.compile(r".*(?:_at|At|time|timestamp|Time)|created")
_RECEIVERS: Final[Mapping[re.Pattern[str], str]] = {
    re.compile(r"\{?\$request\.body#/([A-Za-z_][A-Za-z0-9_]*)\}?"): "request",
    re.compile(r"\{?\$request\.query\.([A-Za-z_][A-Za-z0-9_]*)\}?"): "remembered",
}
"""By the form of a callback's expression, the root of the value that it is."""
_FINISHED: Final = "finished"


class WebhookWriter:
    """Writes the webhooks of one kind."""

    def __init__(self, capture: Capture, reader: SchemaReader, job: FoundJob, guess: LifecycleGuess) -> None:
        self._capture = capture
        self._reader = reader
        self._job = job
        self._guess = guess

    def section(self, values: JobValues, questions: Questions) -> Entry | None:
        """Return the section; None where the document has no sign of webhooks."""
        url, bodies = self._callbacks()
        url = url or self._url_field()
        named: dict[str, FlatSchema] = {}
        if not bodies:
            named = bodies = self._documented_webhooks()
        if not (url or bodies):
            return None
        place = ("kinds", self._job.name, "webhooks")
        questions.ask(*place, question="How are deliveries signed, and when is one that fails sent again?")
        events = self._events(bodies, named)
        if not events:
            question = "Which events are there? The document names none; here one reports the end of a job."
            questions.ask(*place, question=question)
            events = {f"{self._job.name}.{_FINISHED}": {"on": list(self._guess.terminal)}}
        payload_view = next((view for view in bodies.values() if view.members), EMPTY)
        payload, pointers = self._payload(payload_view, values, questions, place)
        source: Any = "document"
        if not bodies:
            source = {"inferred": "A field of the create takes a URL."}
        return {**given(url=url), "events": events, "payload": payload, **pointers, "source": source}

    def _callbacks(self) -> tuple[str, dict[str, FlatSchema]]:
        """Return where the creates name a receiver, and the bodies of the callbacks by name."""
        url, bodies = "", {}
        for call in self._job.creates[:1]:
            for name, callback in islice(call.operation.body.get("callbacks", {}).items(), _MAX_EVENTS):
                for expression, item in self._reader.follow(callback).items():
                    url = url or _receiver(expression)
                    bodies[name] = self._posted_body(item)
        return url, bodies

    def _documented_webhooks(self) -> dict[str, FlatSchema]:
        """Return the bodies of the document's webhooks that are about this kind, by name."""
        named = self._capture.document.get("webhooks", {})
        found = {name: self._posted_body(item) for name, item in islice(named.items(), _MAX_EVENTS)}
        word = self._job.name.rstrip("0123456789_")
        return {
            name: view
            for name, view in found.items()
            if word in name.lower() or shows_same_job(self._reader, view, self._job.shape)
        }

    def _posted_body(self, item: Any) -> FlatSchema:
        operation = self._reader.follow(item).get("post", {})
        body = self._reader.follow(operation.get("requestBody"))
        content = body.get("content", {})
        return next((self._reader.flat(media.get("schema", {})) for media in content.values()), EMPTY)

    def _url_field(self) -> str:
        for call in self._job.creates[:1]:
            for name, member in self._reader.each_member(call.request):
                if member.type == "string" and _URL_NAME.fullmatch(name):
                    return f"$request.{name}"
            for name, _, _ in call.query_parameters():
                if _URL_NAME.fullmatch(name):
                    return f"$remembered.{name}"
        return ""

    def _events(self, bodies: Mapping[str, FlatSchema], named: Collection[str]) -> Entry:
        """Return the events by type, else by the names of webhooks, each with the states that its name says."""
        types: list[str] = []
        for view in bodies.values():
            name = self._type_member(view)
            if name:
                types += [option for option in self._reader.member(view, name).options if isinstance(option, str)]
        events: Entry = {}
        for name in dict.fromkeys(types or named):
            states = self._states_of_event(name)
            if states:
                events[name] = {"on": states}
        return events

    def _type_member(self, view: FlatSchema) -> str:
        return next((name for name in _TYPE_NAMES if name in view.members), "")

    def _states_of_event(self, name: str) -> list[str]:
        word = re.split(r"[./:]", name)[-1]
        stage = stage_of(word)
        if word in self._guess.stages:
            return [word]
        if stage is None:
            return []
        states = self._guess.of(stage)
        if stage is Stage.WAITING and not states:
            states = self._guess.states[:1]
        # An event for "completed" of a kind without success reports its end.
        return list(states or (self._guess.terminal if stage in TERMINAL else ()))

    def _payload(
        self, view: FlatSchema, values: JobValues, questions: Questions, place: tuple[str, ...]
    ) -> tuple[Any, Entry]:
        """Return the body of a delivery, and the pointers to the event's type and the job's id in it."""
        if not view.members:
            questions.ask(*place, "payload", question="What is the body of a delivery? The document does not say.")
            return {"type": "$event.type", "data": "$job"}, self._pointers("/type", "/data/")
        shape = find_job_shape(self._reader, view)
        type_member = self._type_member(view)
        if shape is not None and not shape.envelope:
            body = values.body(view, shape.status_path)
            if type_member:
                body[type_member] = "$event.type"
            return body, self._pointers(f"/{type_member}", "/")
        built: Entry = {}
        job_at = ""
        for name, member in self._reader.each_member(view):
            if name.startswith("$"):
                continue
            if shape is not None and shape.envelope == (name,):
                built[name] = "$job"
                if not shape.shared_names & self._job.shape.shared_names:
                    built[name] = values.body(member, shape.status_path)
                job_at = f"/{name}/"
            else:
                built[name] = self._event_member(name, member, type_member)
        own_id = next((name for name, value in built.items() if value == "$id"), "")
        pointers = self._pointers(f"/{type_member}", job_at)
        if own_id and not job_at:
            pointers["job_at"] = f"/{own_id}"
        return built, pointers

    def _event_member(self, name: str, member: FlatSchema, type_member: str) -> Any:
        if name == type_member:
            return "$event.type"
        if name in (self._job.id_member, f"{self._job.name}_id", self._job.id_place.partition(".")[2]) and name != "id":
            return "$id"
        if name == "id":
            return "$event.id"
        if _TIME_NAME.fullmatch(name):
            if member.type == "string":
                return "$event.at"
            return "$event.timestamp"
        return safe_sample(self._reader, member)

    def _pointers(self, event_at: str, job_at: str) -> Entry:
        """Return the pointers that differ from the usual ones."""
        found = {}
        if event_at not in ("/", "/type"):
            found["event_at"] = event_at
        id_name = self._job.id_member or "id"
        if job_at and f"{job_at}{id_name}" != "/data/id":
            found["job_at"] = f"{job_at}{id_name}"
        return found


def _receiver(expression: str) -> str:
    """Return the name of the value that a callback's expression is: of the body, or of the query."""
    for pattern, root in _RECEIVERS.items():
        found = pattern.fullmatch(expression)
        if found is not None:
            return f"${root}.{found[1]}"
    return ""


def remembered_receiver(url: str) -> Entry:
    """Return what a create must remember, so that a receiver that its query names is known later."""
    name = url.removeprefix("$remembered.")
    if name == url:
        return {}
    return {"remember": {name: f"$query.{name}"}}
