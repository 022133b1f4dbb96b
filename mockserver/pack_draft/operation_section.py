"""The operations of one kind of job in a pack, with the requests of its creates."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import Capture
from mockserver.pack_draft.calls import ApiCall
from mockserver.pack_draft.entries import given
from mockserver.pack_draft.error_section import CONFLICTS
from mockserver.pack_draft.hints import FINAL_STATE, LRO_FLAG, final_state_via
from mockserver.pack_draft.identity_sections import key_of_call
from mockserver.pack_draft.job_finder import FoundJob, list_place
from mockserver.pack_draft.job_shape import find_job_shape
from mockserver.pack_draft.job_values import JobValues, safe_value
from mockserver.pack_draft.questions import Questions
from mockserver.pack_draft.request_fields import FieldWriter, request_sample
from mockserver.pack_draft.samples_of_schemas import SampleMaker
from mockserver.pack_draft.schemas import EMPTY, FlatSchema, SchemaReader
from mockserver.pack_draft.status_words import LifecycleGuess, state_name

_ADDRESS_HEADERS: Final = ("location", "operation-location", "azure-asyncoperation", "content-location")
_HEADER_OF_FINAL_STATE: Final[Mapping[str, str]] = {
    "azure-async-operation": "Azure-AsyncOperation",
    "operation-location": "Operation-Location",
    "location": "Location",
}
_SIZE_QUERIES: Final = ("limit", "page_size", "pageSize", "per_page", "perPage", "size", "max_results", "maxResults")
_AFTER_QUERIES: Final = ("after", "after_id", "starting_after", "cursor", "page_token", "pageToken", "next_token")
_BEFORE_QUERIES: Final = ("before", "before_id", "ending_before")
_NUMBER_QUERIES: Final = ("page", "page_number", "pageNumber")
_STATE_QUERIES: Final = ("status", "state")
_PAGE_MEMBERS: Final[Mapping[str, str]] = {
    "has_more": "$page.has_more",
    "hasMore": "$page.has_more",
    "first_id": "$page.first_id",
    "last_id": "$page.last_id",
    "after": "$page.last_id",
    "cursor": "$page.last_id",
    "next_cursor": "$page.last_id",
    "nextCursor": "$page.last_id",
    "next_page_token": "$page.last_id",
    "nextPageToken": "$page.last_id",
    "next_token": "$page.last_id",
}
_PAGE_MEMBERS_BY_NUMBER: Final[Mapping[str, str]] = {
    "page": "$page.number",
    "total": "$page.total",
    "total_count": "$page.total",
    "totalCount": "$page.total",
    "total_pages": "$page.pages",
    "totalPages": "$page.pages",
    "pages": "$page.pages",
}
_MAX_PAGE_SIZE: Final = 10_000

Entry = dict[str, Any]


class OperationNames(NamedTuple):
    """The names of the operations of one kind, which values name, too."""

    read: str
    cancel: str


class DraftedCall(NamedTuple):
    """A call with its name and its role in the pack."""

    name: str
    role: str
    call: ApiCall


def named_calls(job: FoundJob, *, is_only: bool) -> tuple[DraftedCall, ...]:
    """Return the calls of a kind with names; those of several kinds end with the kind's name."""
    end = "" if is_only else f"_{job.name}"
    named = []
    for number, call in enumerate(job.creates):
        # Several creates are named by the last word of their path.
        own = f"_{state_name(call.path.rpartition('/')[2]).lower()}" if number else ""
        named.append(DraftedCall(f"create{own}{end}", "create", call))
    named += [
        DraftedCall(f"get{end}", "read", job.read),
        *(DraftedCall(f"status{end}", "read", call) for call in job.other_reads),
        *(DraftedCall(f"results{end}", "results", call) for call in job.results),
        *(DraftedCall(f"list{end}", "list", call) for call in job.lists),
        *(DraftedCall(f"cancel{end}", "cancel", call) for call in job.cancels),
    ]
    return (*_apart(named), *(DraftedCall(f"delete{end}", "delete", call) for call in job.deletes))


def _apart(named: list[DraftedCall]) -> list[DraftedCall]:
    """Give calls of one name numbers."""
    seen: dict[str, int] = {}
    apart = []
    for each in named:
        seen[each.name] = count = seen.get(each.name, 0) + 1
        apart.append(each._replace(name=f"{each.name}_{count}") if count > 1 else each)
    return apart


class OperationWriter:
    """Writes the operations of one kind."""

    def __init__(self, capture: Capture, reader: SchemaReader, job: FoundJob, guess: LifecycleGuess) -> None:
        self._capture = capture
        self._reader = reader
        self._job = job
        self._guess = guess

    def section(self, calls: tuple[DraftedCall, ...], values: JobValues, questions: Questions) -> Entry:
        """Return the operations by name."""
        return {each.name: self._operation(each, values, questions) for each in calls}

    def _operation(self, named: DraftedCall, values: JobValues, questions: Questions) -> Entry:
        call, place = named.call, ("operations", named.name)
        entry: Entry = {
            "role": named.role,
            "kind": self._job.name,
            "call": f"{call.method} {call.path}",
            **self._id(named),
            **({"key": key} if (key := key_of_call(self._capture, call)) else {}),
            **self._path_examples(call),
        }
        builders: Mapping[str, Callable[[], Entry]] = {
            "create": lambda: self._create(named, values, questions),
            "list": lambda: self._list(call, values),
            "results": lambda: self._results(call, values, questions, place),
        }
        entry |= builders.get(named.role, lambda: {"answer": self._answer(call, values)})()
        if named.role == "delete":
            questions.ask(*place, question="What does a DELETE of a job answer that has not ended?")
        return {**entry, "source": "document"}

    def _id(self, named: DraftedCall) -> Entry:
        where, _, name = self._job.id_place.partition(".")
        if named.role in ("create", "list"):
            return {}
        if named.call.path_parameters and where == "path":
            own = named.call.path_parameters[self._job.base.count("{")]
            return {"id": f"path.{own}"} if own != named.call.path_parameters[-1] else {}
        if where == "query" and named.call.method == "GET":
            return {"id": self._job.id_place}
        names = (self._job.id_member, name, "id")
        member = next((each for each in names if each in named.call.request.members), name)
        return {"id": f"body.{member}"}

    def _path_examples(self, call: ApiCall) -> Entry:
        others = (
            call.path_parameters[: self._job.base.count("{")] if call not in self._job.creates else call.path_parameters
        )
        maker = SampleMaker(self._reader, only_required=True)
        shown = {name: str(maker.value(call.path_parameter(name)) or name) for name in others}
        return {"path": {name: text.replace("/", "-") for name, text in shown.items()}} if shown else {}

    def _create(self, named: DraftedCall, values: JobValues, questions: Questions) -> Entry:
        call, place = named.call, ("operations", named.name)
        if call.has_other_body:
            question = "Its body is neither JSON nor a form: what is in it? Here it is taken as bytes."
            questions.ask(*place, question=question)
            return {"body": "bytes", "answer": self._create_answer(call, values)}
        entry: Entry = {}
        if call.request is not EMPTY:
            entry["request"] = named.name
        if call.request_form:
            entry["body"] = call.request_form
        elif not call.request.required:
            entry["body"] = "optional"
        via = final_state_via(call)
        if via:
            questions.ask(*place, question=f"{FINAL_STATE} is {via}: is the final result there, and not in the job?")
        entry["example"] = request_sample(self._reader, call.request)
        return {**entry, "answer": self._create_answer(call, values)}

    def _create_answer(self, call: ApiCall, values: JobValues) -> Entry:
        names = [name for name in call.success_headers if name.lower() in _ADDRESS_HEADERS]
        if call.extension(LRO_FLAG) and not names:
            names = [_HEADER_OF_FINAL_STATE.get(final_state_via(call), "Location")]
        headers = {"headers": dict.fromkeys(names, f"$url.{self.read_name}")} if names else {}
        answer = self._answer(call, values)
        return {**({"status": 200} if "body" not in answer else {}), **answer, **headers}

    read_name = "get"
    """The name of the read, for addresses."""

    def _answer(self, call: ApiCall, values: JobValues) -> Entry:
        """Return the answer about a job: the job as the read shows it, where the schema is the same."""
        status = {} if call.success_status == 200 else {"status": call.success_status}
        if not call.success.members:
            return {"status": call.success_status}
        return {**status, "body": self._job_body(call.success, values)}

    def _job_body(self, view: FlatSchema, values: JobValues) -> Any:
        shape = find_job_shape(self._reader, view)
        if shape is None:
            return values.body(view, ())
        own: Any = "$job" if self._is_same(shape.view) else values.body(shape.view, shape.status_path)
        for name in reversed(shape.envelope):
            others = {
                each: safe_value(SampleMaker(self._reader, only_required=False).value(member))
                for each, member in self._reader.each_member(view)
            }
            own = {**others, name: own}
        return own

    def _is_same(self, view: FlatSchema) -> bool:
        return view.members == self._job.shape.view.members

    def _list(self, call: ApiCall, values: JobValues) -> Entry:
        queries = {name: schema for name, schema, _ in call.query_parameters()}
        pages = _pages(queries)
        taken = set(map(str, pages.values()))
        place = list_place(call.success, self._job, self._reader) or ()
        by_number = pages["by"] == "number"
        body: Any = "$page.jobs"
        for name in place:
            known = {**_PAGE_MEMBERS, **(_PAGE_MEMBERS_BY_NUMBER if by_number else {})}
            others = {
                each: self._page_member(each, member, known) for each, member in self._reader.each_member(call.success)
            }
            body = {**others, name: "$page.jobs"}
        fields = FieldWriter(self._reader, Questions())
        query = {name: fields.field(schema, ("query",)) for name, schema in queries.items() if name not in taken}
        # The values of a query are texts; only options and forms of texts can be checked.
        query = {name: field for name, field in query.items() if isinstance(field, dict) and _is_of_texts(field)}
        return {**given(query=query), "pages": pages, "answer": {"body": body}}

    def _page_member(self, name: str, member: FlatSchema, known: Mapping[str, str]) -> Any:
        if name in known:
            return known[name]
        return safe_value(SampleMaker(self._reader, only_required=False).value(member))

    def _results(self, call: ApiCall, values: JobValues, questions: Questions, place: tuple[str, ...]) -> Entry:
        questions.ask(*place, question="What does it answer before the job has succeeded? Here the same.")
        if call.success.members:
            return {"answer": self._answer(call, values)}
        if call.success is not EMPTY:
            return {"answer": {"body": safe_value(SampleMaker(self._reader, only_required=False).value(call.success))}}
        content = call.operation.answers.get(str(call.success_status))
        has_file = content is not None and bool(content.body.get("content"))
        return {"answer": {"file": "txt"} if has_file else {"status": call.success_status}}


def _is_of_texts(field: Entry) -> bool:
    options = field.get("options", ())
    return "default" not in field and bool(options) and all(isinstance(option, str) for option in options)


def _pages(queries: Mapping[str, FlatSchema]) -> Entry:
    """Return the pages of a list, by the parameters of its query."""

    def named(names: tuple[str, ...]) -> str:
        return next((name for name in names if name in queries), "")

    number, after, before = named(_NUMBER_QUERIES), named(_AFTER_QUERIES), named(_BEFORE_QUERIES)
    pages: Entry = {"by": "number", "number": number} if number and not after else {"by": "id"}
    if not (number and not after):
        pages |= {key: name for key, name in (("after", after), ("before", before)) if name}
    size = named(_SIZE_QUERIES)
    if size:
        default, high = queries[size].keyword("default"), queries[size].keyword("maximum")
        most = int(high) if isinstance(high, int | float) and 1 <= high <= _MAX_PAGE_SIZE else 100
        usual = default if isinstance(default, int) and 1 <= default <= most else min(20, most)
        pages |= {"size_query": size, "size": usual, "max_size": most}
    state = named(_STATE_QUERIES)
    return pages | given(state=state)


def documents_conflict(job: FoundJob) -> bool:
    """Return True if the cancel of a kind documents an error for a state that does not allow it."""
    return any(status in call.error_statuses for call in job.cancels for status in CONFLICTS)
