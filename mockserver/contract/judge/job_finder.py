"""Finds the jobs in an exchange: by its operation's bindings, in paths, queries, bodies and lists.

It reads bodies with a fast reader; the schema check judges whether they are valid JSON.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.contract.documents.capture import OperationMatch
from mockserver.contract.oracle.state_machine import NOT_SHOWN
from mockserver.contract.rules.conditions import value_at
from mockserver.contract.rules.resources import OperationBinding, Resource, StateBits
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.core.forms import request_value
from mockserver.core.pointer import render_pointer
from mockserver.core.wire import Request, json_or_none

MAX_ID_LENGTH: Final = 200


@dataclass(slots=True)
class JobMention:
    """One job in one exchange."""

    resource: Resource
    binding: OperationBinding
    job_id: str
    place: str = ""
    """The place of the body in the answer: `/data/3`, `line 3 `; empty for the whole answer."""
    body: dict[str, Any] | None = None
    """The job as the answer shows it; None if it does not."""
    own_body: dict[str, Any] | None = None
    """The body, if it is the job's own object: the one that rules about fields apply to."""
    status_word: str | None = None
    """The job's status as the body spells it."""
    shown_states: StateBits = NOT_SHOWN
    """The states that it may mean; `NOT_SHOWN` without one, or with an unknown word."""

    def show(self, body: Any) -> None:
        """Take what the answer has of the job; anything but an object does not show it."""
        if not isinstance(body, dict):
            return
        self.body = body
        if not self.binding.is_partial:
            self.own_body = body
        word = self.resource.read_status(body)
        if isinstance(word, str):
            self.status_word = word
            self.shown_states = self.binding.states_by_word.get(word, NOT_SHOWN)


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
                if job_id is None:
                    continue
                mention = JobMention(resource, binding, job_id)
                found.append(mention)
                if path:
                    # Most bodies are the job itself.
                    mention.place = render_pointer(path)
                if path is not None:
                    mention.show(value_at(body, path))
            elif path is not None:
                for place, entry in _entries(binding, data, body):
                    job_id = _as_job_id(value_at(entry, binding.id_path))
                    if job_id is not None and isinstance(entry, dict):
                        mention = JobMention(resource, binding, job_id, place)
                        mention.show(entry)
                        found.append(mention)
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
