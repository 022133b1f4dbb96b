"""Finds the jobs in an exchange: by its operation's bindings, in paths, queries, bodies and lists.

It reads bodies with a fast reader; the schema check judges whether they are valid JSON.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import OperationMatch
from mockserver.contract.oracle.state_machine import NOT_SHOWN
from mockserver.contract.rules.conditions import value_at
from mockserver.contract.rules.resources import OperationBinding, Resource, StateBits
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.core.forms import request_value
from mockserver.core.pointer import render_pointer
from mockserver.core.wire import Request, json_or_none

MAX_ID_LENGTH: Final = 200


class JobMention(NamedTuple):
    """One job in one exchange."""

    resource: Resource
    binding: OperationBinding
    job_id: str
    body: dict[str, Any] | None
    """The job as the answer shows it; None if it does not."""
    own_body: dict[str, Any] | None
    """The body, if it is the job's own object: the one that rules about fields apply to."""
    status_word: str | None
    """The job's status as the body spells it."""
    shown_states: StateBits
    """The states that it may mean; `NOT_SHOWN` without one, or with an unknown word."""
    place: str
    """The place of the body in the answer: `/data/3`, `line 3 `; empty for the whole answer."""

    @classmethod
    def of(cls, resource: Resource, binding: OperationBinding, job_id: str, body: Any, place: str) -> "JobMention":
        """Build the mention of a job that the answer shows as `body`; anything but an object does not show it."""
        if not isinstance(body, dict):
            return cls(resource, binding, job_id, None, None, status_word=None, shown_states=NOT_SHOWN, place=place)
        own_body = None if binding.is_partial else body
        word, shown_states = resource.read_status(body), NOT_SHOWN
        if isinstance(word, str):
            shown_states = binding.states_by_word.get(word, NOT_SHOWN)
        else:
            word = None
        return cls(resource, binding, job_id, body, own_body, status_word=word, shown_states=shown_states, place=place)


class JobFinder:
    """Finds jobs by the bindings of a rule set."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._bindings_by_operation: dict[str, list[tuple[Resource, OperationBinding]]] = {}
        for resource in rule_set.resources.values():
            for name, binding in resource.bindings.items():
                self._bindings_by_operation.setdefault(name, []).append((resource, binding))

    def bindings(self, operation: str) -> list[tuple[Resource, OperationBinding]]:
        """Return the kinds of job that an operation is about, each with its binding."""
        return self._bindings_by_operation.get(operation, [])

    def find_jobs(
        self, match: OperationMatch, request: Request, status: int, data: bytes, body: Any
    ) -> list[JobMention]:
        """Return every job in an exchange; without an answer, `status` is `NO_ANSWER` and the body is empty."""
        found: list[JobMention] = []
        for resource, binding in self.bindings(match.operation.id):
            path = binding.shown_at.get(status)
            if not binding.shows_many:
                job_id = find_job_id(binding, match.params, request, body)
                if job_id is not None:
                    shown, place = None if path is None else body, ""
                    # Most bodies are the job itself.
                    if path:
                        shown, place = value_at(body, path), render_pointer(path)
                    found.append(JobMention.of(resource, binding, job_id, shown, place))
            elif path is not None:
                for place, entry in _entries(binding, data, body):
                    job_id = _as_job_id(value_at(entry, binding.id_path))
                    if job_id is not None and isinstance(entry, dict):
                        found.append(JobMention.of(resource, binding, job_id, entry, place))
        return found


def _entries(binding: OperationBinding, data: bytes, body: Any) -> Iterator[tuple[str, Any]]:
    """Yield the entries of a list, or of JSON Lines, each with its place in the answer."""
    if binding.is_json_lines:
        for number, line in enumerate(data.splitlines(), start=1):
            yield f"line {number} ", json_or_none(line)
        return
    path = binding.list_path or ()
    entries = value_at(body, path)
    if isinstance(entries, list):
        place = render_pointer(path)
        for index, entry in enumerate(entries):
            yield f"{place}/{index}", entry


def find_job_id(binding: OperationBinding, params: Mapping[str, str], request: Request, body: Any) -> str | None:
    """Return the id of the job that a call is about; None if it names none. `body` is the answer's."""
    match binding.id_place:
        case "path":
            return _as_job_id(params.get(binding.id_name))
        case "query":
            return _as_job_id(dict(request.query_parameters()).get(binding.id_name))
        case "answer":
            return _as_job_id(value_at(body, binding.id_path))
    return _as_job_id(value_at(request_value(request), binding.id_path))


def _as_job_id(value: Any) -> str | None:
    if isinstance(value, str) and 0 < len(value) <= MAX_ID_LENGTH:
        return value
    return None
