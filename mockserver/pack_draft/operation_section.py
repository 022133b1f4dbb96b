"""The operations of one kind of job in a pack, with the requests of its creates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import Capture
from mockserver.pack_draft.calls import ApiCall
from mockserver.pack_draft.entries import Entry, given
from mockserver.pack_draft.error_section import CONFLICTS
from mockserver.pack_draft.hints import FINAL_STATE, LRO_FLAG, final_state_via
from mockserver.pack_draft.identity_sections import key_of_call
from mockserver.pack_draft.job_finder import FoundJob, list_place
from mockserver.pack_draft.job_shape import find_job_shape
from mockserver.pack_draft.job_values import JobValues, safe_sample, safe_value
from mockserver.pack_draft.questions import Questions
from mockserver.pack_draft.request_fields import FieldWriter, request_sample
from mockserver.pack_draft.samples_of_schemas import SampleMaker
from mockserver.pack_draft.schemas import EMPTY, FlatSchema, SchemaReader
from mockserver.pack_draft.status_words import state_name

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
_USUAL_MAX_SIZE: Final = 100
_USUAL_SIZE: Final = 20


class DraftedCall(NamedTuple):
    """A call with its name and its role in the pack."""

    name: str
    role: str
    call: ApiCall


def named_calls(job: FoundJob, *, is_only: bool) -> tuple[DraftedCall, ...]:
    """Return the calls of a kind with names; those of several kinds end with the kind's name."""
    end = ""
    if not is_only:
        end = f"_{job.name}"
    named = []
    for number, call in enumerate(job.creates):
        # Several creates are named by the last word of their path.
        own = ""
        if number:
            own = f"_{state_name(call.path.rpartition('/')[2]).lower()}"
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
        name = each.name
        if count > 1:
            name = f"{each.name}_{count}"
        apart.append(each._replace(name=name))
    return apart


@dataclass(frozen=True, kw_only=True)
class OperationWriter:
    """Writes the operations of one kind."""

    capture: Capture
    reader: SchemaReader
    job: FoundJob
    values: JobValues
    questions: Questions
    read_name: str
    """The name of the read, for addresses."""

    def section(self, calls: tuple[DraftedCall, ...]) -> Entry:
        """Return the operations by name."""
        return {each.name: self._operation(each) for each in calls}

    def _operation(self, named: DraftedCall) -> Entry:
        call = named.call
        others = call.path_parameters
        if call not in self.job.creates:
            others = others[: self.job.base.count("{")]
        maker = SampleMaker(self.reader, only_required=True)
        examples = {name: str(maker.value(call.path_parameter(name)) or name).replace("/", "-") for name in others}
        entry: Entry = {
            "role": named.role,
            "kind": self.job.name,
            "call": f"{call.method} {call.path}",
            **self._id(named),
            **given(key=key_of_call(self.capture, call), path=examples),
        }
        builders = {"create": self._create, "list": self._list, "results": self._results, "delete": self._delete}
        entry |= builders.get(named.role, self._shown)(named)
        return {**entry, "source": "document"}

    def _shown(self, named: DraftedCall) -> Entry:
        return {"answer": self._answer(named.call)}

    def _delete(self, named: DraftedCall) -> Entry:
        question = "What does a DELETE of a job answer that has not ended?"
        self.questions.ask("operations", named.name, question=question)
        return self._shown(named)

    def _id(self, named: DraftedCall) -> Entry:
        where, _, name = self.job.id_place.partition(".")
        if named.role in ("create", "list"):
            return {}
        if named.call.path_parameters and where == "path":
            return {}
        if where == "query" and named.call.method == "GET":
            return {"id": self.job.id_place}
        names = (self.job.id_member, name, "id")
        member = next((each for each in names if each in named.call.request.members), name)
        return {"id": f"body.{member}"}

    def _create(self, named: DraftedCall) -> Entry:
        call, place = named.call, ("operations", named.name)
        if call.has_other_body:
            question = "Its body is neither JSON nor a form: what is in it? Here it is taken as bytes."
            self.questions.ask(*place, question=question)
            return {"body": "bytes", "answer": self._create_answer(call)}
        entry: Entry = {}
        if call.request is not EMPTY:
            entry["request"] = named.name
        if call.request_form:
            entry["body"] = call.request_form
        elif not call.request.required:
            entry["body"] = "optional"
        via = final_state_via(call)
        if via:
            self.questions.ask(
                *place, question=f"{FINAL_STATE} is {via}: is the final result there, and not in the job?"
            )
        entry["example"] = request_sample(self.reader, call.request)
        return {**entry, "answer": self._create_answer(call)}

    def _create_answer(self, call: ApiCall) -> Entry:
        names = [name for name in call.success_headers if name.lower() in _ADDRESS_HEADERS]
        if call.extension(LRO_FLAG) and not names:
            names = [_HEADER_OF_FINAL_STATE.get(final_state_via(call), "Location")]
        answer = self._answer(call)
        if "body" not in answer:
            answer = {"status": 200, **answer}
        return {**answer, **given(headers=dict.fromkeys(names, f"$url.{self.read_name}"))}

    def _answer(self, call: ApiCall) -> Entry:
        """Return the answer about a job: the job as the read shows it, where the schema is the same."""
        status = {"status": call.success_status}
        if not call.success.members:
            return status
        if call.success_status == 200:
            status = {}
        return {**status, "body": self._job_body(call.success)}

    def _job_body(self, view: FlatSchema) -> Any:
        shape = find_job_shape(self.reader, view)
        if shape is None:
            return self.values.body(view, ())
        own: Any = "$job"
        if shape.view.members != self.job.shape.view.members:
            own = self.values.body(shape.view, shape.status_path)
        for name in reversed(shape.envelope):
            others = {each: safe_sample(self.reader, member) for each, member in self.reader.each_member(view)}
            own = {**others, name: own}
        return own

    def _list(self, named: DraftedCall) -> Entry:
        call = named.call
        queries = {name: schema for name, schema, _ in call.query_parameters()}
        pages = _pages(queries)
        taken = set(map(str, pages.values()))
        place = list_place(call.success, self.reader) or ()
        known = _PAGE_MEMBERS
        if pages["by"] == "number":
            known = {**_PAGE_MEMBERS, **_PAGE_MEMBERS_BY_NUMBER}
        maker = SampleMaker(self.reader, only_required=False)
        body: Any = "$page.jobs"
        for name in place:
            others = {
                each: known.get(each) or safe_value(maker.value(member))
                for each, member in self.reader.each_member(call.success)
            }
            body = {**others, name: "$page.jobs"}
        fields = FieldWriter(self.reader, Questions())
        query = {name: fields.field(schema, ("query",)) for name, schema in queries.items() if name not in taken}
        # The values of a query are texts; only options and forms of texts can be checked.
        query = {name: field for name, field in query.items() if isinstance(field, dict) and _is_of_texts(field)}
        return {**given(query=query), "pages": pages, "answer": {"body": body}}

    def _results(self, named: DraftedCall) -> Entry:
        call = named.call
        question = "What does it answer before the job has succeeded? Here the same."
        self.questions.ask("operations", named.name, question=question)
        if call.success.members:
            return {"answer": self._answer(call)}
        if call.success is not EMPTY:
            return {"answer": {"body": safe_sample(self.reader, call.success)}}
        content = call.operation.answers.get(str(call.success_status))
        if content is not None and content.body.get("content"):
            return {"answer": {"file": "txt"}}
        return {"answer": {"status": call.success_status}}


def _is_of_texts(field: Entry) -> bool:
    options = field.get("options", ())
    return "default" not in field and bool(options) and all(isinstance(option, str) for option in options)


def _pages(queries: Mapping[str, FlatSchema]) -> Entry:
    """Return the pages of a list, by the parameters of its query."""

    def named(names: tuple[str, ...]) -> str:
        return next((name for name in names if name in queries), "")

    number, after, before = named(_NUMBER_QUERIES), named(_AFTER_QUERIES), named(_BEFORE_QUERIES)
    pages: Entry = {"by": "id", **given(after=after, before=before)}
    if number and not after:
        pages = {"by": "number", "number": number}
    size = named(_SIZE_QUERIES)
    if size:
        default, high = queries[size].keyword("default"), queries[size].keyword("maximum")
        most = _USUAL_MAX_SIZE
        if isinstance(high, int | float) and 1 <= high <= _MAX_PAGE_SIZE:
            most = int(high)
        usual = min(_USUAL_SIZE, most)
        if isinstance(default, int) and 1 <= default <= most:
            usual = default
        pages |= {"size_query": size, "size": usual, "max_size": most}
    state = named(_STATE_QUERIES)
    return pages | given(state=state)


def documents_conflict(job: FoundJob) -> bool:
    """Return True if the cancel of a kind documents an error for a state that does not allow it."""
    return any(status in call.error_statuses for call in job.cancels for status in CONFLICTS)
