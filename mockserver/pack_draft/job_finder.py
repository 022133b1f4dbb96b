"""Finds the kinds of job of an API: the reads that show one, and the creates, cancels and lists that belong to each.

    finder = JobFinder(calls, reader); finder.jobs, finder.left_out

A read is a GET with one id that answers a job. A create is a POST to the path in front of the id, else one that answers
the same schema, else (for the only job) one that answers an id.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Final

from mockserver.pack_draft.calls import ApiCall
from mockserver.pack_draft.hints import LRO_FLAG, POLLING
from mockserver.pack_draft.job_shape import JobShape, find_job_shape, id_member, shows_same_job
from mockserver.pack_draft.schemas import EMPTY, FlatSchema, SchemaReader

MAX_KINDS: Final = 20
MAX_CREATES: Final = 20
"""Creates of one kind."""
_STATUS_SEGMENTS: Final = ("status", "state")
_CANCEL_WORDS: Final = re.compile(r"cancel|abort|stop|terminate", re.IGNORECASE)
_RESULT_SEGMENTS: Final = ("result", "results", "output", "outputs", "content", "download", "response")
_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_GENERAL_NAMES: Final = ("task", "job", "operation", "request", "generation", "prediction")
_SINGULARS: Final[Mapping[str, str]] = {
    "ies": "y", "ches": "ch", "shes": "sh", "sses": "ss", "xes": "x", "ss": "ss", "us": "us", "s": "",
}  # fmt: skip
"""By the ending of a plural, or of a word that looks like one, that of its singular."""
_MAX_RECEIPT: Final = 4
"""Members of an answer that is no more than the receipt of a create."""


@dataclass(frozen=True, kw_only=True)
class FoundJob:
    """A kind of job with its calls."""

    name: str
    shape: JobShape
    read: ApiCall
    id_place: str
    """`path.NAME` or `query.NAME`: where the read names the job."""
    base: str
    """The path of the read up to its id."""
    id_member: str | None
    """The member of the job that has its id."""
    creates: tuple[ApiCall, ...] = ()
    lists: tuple[ApiCall, ...] = ()
    cancels: tuple[ApiCall, ...] = ()
    deletes: tuple[ApiCall, ...] = ()
    results: tuple[ApiCall, ...] = ()
    other_reads: tuple[ApiCall, ...] = ()
    """Other calls that show the job: `/jobs/{id}/status`."""

    @property
    def calls(self) -> tuple[ApiCall, ...]:
        """All its calls."""
        return (*self.creates, self.read, *self.lists, *self.cancels, *self.deletes, *self.results, *self.other_reads)


def find_jobs(calls: Sequence[ApiCall], reader: SchemaReader) -> tuple[FoundJob, ...]:
    """Return the kinds of job, at most MAX_KINDS; those whose statuses are clear, if there are any."""
    reads = [found for call in calls if (found := _read_of(call, reader)) is not None]
    known = [_with_calls(found, calls, reader) for found in reads]
    taken = {call for job in known for call in job.calls}
    without = [job for job in known if not job.creates]
    general = _general_kind(without, has_others=len(without) < len(known))
    for number, job in enumerate(known):
        if job is general:
            known[number] = _with_creates_by_id(job, calls, reader, taken)
    jobs = [job for job in known if job.creates]
    clear = [job for job in jobs if _is_clear(job)]
    return _distinct(clear or jobs)[:MAX_KINDS]


def _general_kind(without: Sequence[FoundJob], *, has_others: bool) -> FoundJob | None:
    """Return the kind to which POSTs belong that answer no more than an id: of tasks or jobs, else the only one."""
    candidates = [job for job in without if not has_others or _is_clear(job)]
    named = [job for job in candidates if job.name in _GENERAL_NAMES]
    if has_others and not named and len(candidates) > 1:
        return None
    return next(iter(named or candidates), None)


def _is_clear(job: FoundJob) -> bool:
    hinted = job.read.extension(POLLING) is not None or any(call.extension(LRO_FLAG) for call in job.creates)
    return hinted or job.shape.is_clear


def _read_of(call: ApiCall, reader: SchemaReader) -> FoundJob | None:
    """Return the job that a call reads; None for a call that reads none."""
    if call.method != "GET":
        return None
    shape = find_job_shape(reader, call.success)
    if shape is None or len(shape.statuses) == 1:
        return None
    place, base = _id_place(call)
    if not place:
        return None
    member = id_member(reader, shape.view, place.partition(".")[2])
    return FoundJob(name=_kind_name(base), shape=shape, read=call, id_place=place, base=base, id_member=member)


def _id_place(call: ApiCall) -> tuple[str, str]:
    """Return where a read names its job, and the path in front; two empty texts where it names none."""
    head, _, last = call.path.rpartition("/")
    if last in _STATUS_SEGMENTS and head.endswith("}"):
        head, _, last = head.rpartition("/")
    parameter = _PARAMETER.fullmatch(last)
    if parameter is not None:
        return f"path.{parameter[1]}", head
    if not call.path_parameters:
        required = [name for name, _, is_required in call.query_parameters() if is_required]
        base = call.path
        if last in _STATUS_SEGMENTS:
            base = head
        if len(required) == 1:
            return f"query.{required[0]}", base
    return "", ""


def _kind_name(base: str) -> str:
    """Return a name for the jobs under a path: `/v1/batches` has `batch`."""
    words = [word for word in base.split("/") if word and not word.startswith("{")]
    name = re.sub(r"[^a-z0-9]+", "_", next(reversed(words), "").lower()).strip("_")
    plural = next((each for each in _SINGULARS if name.endswith(each)), "")
    if len(name) > len(plural) + 1:
        name = name.removesuffix(plural) + _SINGULARS.get(plural, "")
    if not name[:1].isalpha():
        return "job"
    return name


def _with_calls(job: FoundJob, calls: Sequence[ApiCall], reader: SchemaReader) -> FoundJob:
    """Return a job with the calls that its path and its schema lead to."""
    own = tuple(call for call in calls if _is_below(call, job))
    posts = [call for call in calls if call.method == "POST" and call not in own]
    creates = [call for call in posts if call.path == job.base]
    creates += [call for call in posts if call not in creates and shows_same_job(reader, call.success, job.shape)]
    owners = {other.path.rpartition("/")[0] for other in calls if other.path.endswith("}")}
    part_of = [call for call in posts if call.path not in owners and not call.path.endswith("}")]
    creates = creates or [call for call in part_of if _answers_part(call, job, reader)]
    others = [call for call in calls if call not in own and call not in creates]
    lists = [call for call in others if call.method == "GET" and call.path == job.base]
    lists = [call for call in lists if list_place(call.success, reader) is not None]
    cancels = [call for call in own if call.method != "GET" and _CANCEL_WORDS.search(_action(call, job))]
    cancels += [call for call in posts if call not in creates and _cancels_by_body(call, job)]
    gets = [call for call in own if call.method == "GET" and call is not job.read]
    results = [call for call in gets if _action(call, job)[1:] in _RESULT_SEGMENTS]
    if _action(job.read, job):
        results += [call for call in gets if not _action(call, job)]
    return replace(
        job,
        other_reads=tuple(call for call in gets if call not in results and _read_of(call, reader))[:1],
        creates=tuple(call for call in creates if not _CANCEL_WORDS.search(call.path))[:MAX_CREATES],
        lists=tuple(lists[:1]),
        cancels=tuple(cancels[:1]),
        deletes=tuple(call for call in own if call.method == "DELETE" and not _action(call, job))[:1],
        results=tuple(results[:1]),
    )


def _with_creates_by_id(
    job: FoundJob, calls: Sequence[ApiCall], reader: SchemaReader, taken: Collection[ApiCall]
) -> FoundJob:
    """Return a job with the POSTs that answer little more than an id as its creates."""
    posts = [call for call in calls if call.method == "POST" and call not in taken and call not in job.calls]
    names = _id_names(job)
    creates = [
        call
        for call in posts
        if not _is_below(call, job)
        and (call.extension(LRO_FLAG) or len(call.success.members) <= _MAX_RECEIPT)
        and (call.extension(LRO_FLAG) or id_member(reader, call.success, *names) in names)
    ]
    return replace(job, creates=tuple(creates[:MAX_CREATES]))


def _id_names(job: FoundJob) -> tuple[str, ...]:
    return tuple(name for name in (job.id_member, job.id_place.partition(".")[2], "id") if name)


def _is_below(call: ApiCall, job: FoundJob) -> bool:
    """Return True for a call about one of the jobs: its path goes on from the id."""
    if job.id_place.startswith("query.") or not call.path.startswith(f"{job.base}/{{"):
        return False
    parameters = call.path_parameters
    depth = job.base.count("{")
    return len(parameters) == depth + 1


def _action(call: ApiCall, job: FoundJob) -> str:
    """Return what follows the id in a path: `/cancel`, `:cancel`, or nothing."""
    return call.path[len(job.base) :].partition("}")[2]


def _answers_part(call: ApiCall, job: FoundJob, reader: SchemaReader) -> bool:
    """Return True for an answer with an id of the job and some of its statuses."""
    shape = find_job_shape(reader, call.success)
    if shape is None:
        return False
    has_id = bool(set(_id_names(job)) & set(shape.view.members))
    is_part = bool(shape.statuses) and set(shape.statuses) <= set(job.shape.statuses)
    return has_id and is_part and not shape.is_operation


def list_place(body: FlatSchema, reader: SchemaReader) -> tuple[str, ...] | None:
    """Return the members that lead to the array of jobs in a body; None where there is none."""
    candidates = [((), body), *(((name,), view) for name, view in reader.each_member(body))]
    for path, view in candidates:
        if view.type == "array" and reader.flat(view.keyword("items")).type in ("object", ""):
            return path
    return None


def _cancels_by_body(call: ApiCall, job: FoundJob) -> bool:
    """Return True for a POST whose path says cancel, and whose body has the id."""
    if not _CANCEL_WORDS.search(call.path.rpartition("/")[2]) or call.path_parameters or call.request is EMPTY:
        return False
    return any(name in call.request.members for name in _id_names(job))


def _distinct(jobs: list[FoundJob]) -> tuple[FoundJob, ...]:
    """Leave out reads whose creates all belong to earlier ones, as `/jobs/{id}/status`; number kinds of one name."""
    found: list[FoundJob] = []
    for job in jobs:
        taken = {call for each in found for call in each.creates}
        own = tuple(call for call in job.creates if call not in taken)
        used = {each.name for each in found}
        names = chain((job.name,), (f"{job.name}_{number}" for number in count(2)))
        if own:
            found.append(replace(job, creates=own, name=next(name for name in names if name not in used)))
    return tuple(found)
