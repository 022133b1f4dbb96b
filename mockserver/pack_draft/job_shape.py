"""Recognizes a job in the body of an answer: an object with a status, and what else identifies it.

Two forms are known: a member that names the status, and the long-running operation of AIP-151, which has `done`.
"""

import re
from dataclasses import dataclass
from typing import Final

from mockserver.pack_draft.schemas import FlatSchema, SchemaReader
from mockserver.pack_draft.status_words import is_job_like

_STATUS_NAMES: Final = ("status", "state", "phase")
_STATUS_ENDING: Final = re.compile(r"(?:_|[a-z](?=[SP]))(?:status|state|phase|Status|State|Phase)")
_ENVELOPES: Final = ("data", "result", "job", "task", "response", "operation", "item")
"""Members that may have the job in them; any other member is tried after these."""
_ID_NAMES: Final = ("id", "uuid", "name")
_ID_ENDING: Final = re.compile(r".*(?:_id|[a-z0-9]Id|[a-z0-9]ID|_uuid)")
_ID_TYPES: Final = ("string", "integer", "")
LRO_STATES: Final = ("running", "succeeded", "failed")
"""The states of a long-running operation of AIP-151, of which bodies show only whether they are the end."""


@dataclass(frozen=True, kw_only=True)
class JobShape:
    """A job in a body."""

    envelope: tuple[str, ...]
    """The members of the body that lead to the job."""
    view: FlatSchema
    status_path: tuple[str, ...]
    """The members of the job that lead to its status; empty for an operation with only `done`."""
    statuses: tuple[str, ...]
    """The documented statuses; empty where the document has none."""
    is_operation: bool
    """True for a long-running operation of AIP-151."""

    @property
    def is_clear(self) -> bool:
        """True for statuses that leave no doubt that this is a job."""
        return self.is_operation or is_job_like(self.statuses)

    @property
    def shared_names(self) -> frozenset[str]:
        """The references by which another answer has the same job."""
        return self.view.names


def find_job_shape(reader: SchemaReader, body: FlatSchema) -> JobShape | None:
    """Return the job that a body shows: the body itself, else one of its members; None where none has a status."""
    found = _shape_at(reader, body, ())
    if found is not None:
        return found
    names = [*(name for name in _ENVELOPES if name in body.members)]
    names += [name for name, _ in reader.each_member(body) if name not in names]
    shapes = [_shape_at(reader, reader.member(body, name), (name,)) for name in names]
    return next((shape for shape in shapes if shape is not None), None)


def shows_same_job(reader: SchemaReader, body: FlatSchema, shape: JobShape) -> bool:
    """Return True for a body with the schema of a job, by its reference."""
    found = find_job_shape(reader, body)
    return found is not None and bool(found.shared_names & shape.shared_names)


def _shape_at(reader: SchemaReader, view: FlatSchema, envelope: tuple[str, ...]) -> JobShape | None:
    has_done = "done" in view.members and reader.member(view, "done").type == "boolean"
    operation = has_done and "name" in view.members
    place = _status_place(reader, view)
    if place is None and operation and "metadata" in view.members:
        inner = _status_place(reader, reader.member(view, "metadata"))
        if inner is not None:
            place = ("metadata", *inner)
    if place is None and operation:
        return JobShape(envelope=envelope, view=view, status_path=(), statuses=LRO_STATES, is_operation=True)
    if place is None:
        return None
    status = view
    for name in place:
        status = reader.member(status, name)
    statuses = tuple(option for option in status.options if isinstance(option, str))
    return JobShape(envelope=envelope, view=view, status_path=place, statuses=statuses, is_operation=operation)


def _status_place(reader: SchemaReader, view: FlatSchema) -> tuple[str, ...] | None:
    names = [name for name in _STATUS_NAMES if name in view.members]
    names += [name for name in view.members if _STATUS_ENDING.search(name) and name not in names]
    for name in names:
        status = reader.member(view, name)
        texts = [option for option in status.options if isinstance(option, str)]
        if texts or (status.type == "string" and not status.options and name in _STATUS_NAMES):
            return (name,)
    return None


def id_member(reader: SchemaReader, view: FlatSchema, *preferred: str) -> str | None:
    """Return the member of an object that has its id: one of the preferred names, else the likeliest; None for none."""
    names = [name for name in (*preferred, *_ID_NAMES) if name in view.members]
    names += [name for name in view.members if _ID_ENDING.fullmatch(name)]
    return next((name for name in names if reader.member(view, name).type in _ID_TYPES), None)
