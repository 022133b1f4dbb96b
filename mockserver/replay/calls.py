"""Says which call a request is: a vendor's operation about a job, another operation, or a plain path.

Knows contracts, and neither recordings nor clients.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode

from mockserver.contract.documents.capture import OperationMatch, captured_eras, load_capture
from mockserver.contract.judge.job_finder import JobFinder, JobMention
from mockserver.contract.judge.vendor_paths import vendor_path
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.core.wire import Request, Response, json_or_none

NO_STATUS: Final = 0
"""The status of a request that has no answer yet, or never got one."""
_READS: Final = ("GET", "HEAD")
_RANGE: Final = "Range:"
"""The name of a range among a call's parameters: no parameter's, because of the colon."""
Parameters = Sequence[tuple[str, str]]
"""Names and values, in any order."""


class CallKey(NamedTuple):
    """The identity of a call, apart from the job that it is about."""

    name: str
    """`phaseo getVideo`, or `GET /files/clip.mp4` for a path that no vendor has."""
    rest: str = ""
    """The query, the path's parameters apart from the job's id, and the range, in the order of their names."""


class CourseKey(NamedTuple):
    """The identity of what has a course: a job of a vendor, or a call about no job."""

    vendor: str
    """Empty for a call about no job."""
    name: str
    """The job's id, or the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifiedCall:
    """A request as a call."""

    key: CallKey
    course: CourseKey
    """A call that creates a job is about none."""
    method: str
    template: str
    """The operation's path with its parameters in braces; the path itself for a plain one."""
    mention: JobMention | None = None
    """The job in the exchange; of a create, the one that its answer shows."""
    creates: bool = False
    is_command: bool = False
    """It may change its job's state, in some era."""

    @property
    def is_read(self) -> bool:
        """True for a call that changes nothing."""
        return self.method in _READS

    @property
    def shows_state(self) -> bool:
        """True for a read that shows the state of its job."""
        return self.is_read and self.mention is not None and bool(self.mention.binding.shown_at)


class _VendorOperations:
    """The operations of one vendor, in all of its eras."""

    def __init__(self, vendor: str, root: Path | None) -> None:
        self.vendor = vendor
        # The newest first: most recordings are of today's API.
        eras = captured_eras(vendor, root)[::-1]
        self._captures = [load_capture(vendor, era, root) for era in eras]
        rule_sets = [load_rule_set(vendor, era, root) for era in eras]
        self.jobs = JobFinder(rule_sets[0])
        self.commands = {
            binding.operation
            for rule_set in rule_sets
            for resource in rule_set.resources.values()
            for binding in resource.bindings.values()
            if binding.changes_job
        }
        """The operations that change a job, in any era."""

    def find(self, method: str, path: str) -> OperationMatch | None:
        """Return the operation of the newest era that has one for this path."""
        return next((match for capture in self._captures if (match := capture.match(method, path))), None)


class _RequestReading(NamedTuple):
    """One way to read a request: as itself, or as one for the whole of what it asks a part of."""

    method: str
    parameters: Parameters
    """Those of the query, and the range if it counts."""
    request: Request
    response: Response | None


class CallIdentifier:
    """Identifies the calls of some vendors."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._vendors: dict[str, _VendorOperations] = {}

    def add_vendor(self, vendor: str) -> None:
        """Look for the operations of this vendor from now on, after those of the vendors before."""
        if vendor not in self._vendors:
            self._vendors[vendor] = _VendorOperations(vendor, self._root)

    def identify(self, request: Request, response: Response | None = None) -> Iterator[IdentifiedCall]:
        """Yield what a request may be: the operation of each vendor that has one, then the plain call.

        A request for the head alone, or for a range, may be answered as the same one for the whole: those calls follow.
        """
        methods = ("HEAD", "GET") if request.method == "HEAD" else (request.method,)
        parameters = request.query_parameters()
        whole = [parameters]
        if "range" in request.headers:
            whole.insert(0, [*parameters, (_RANGE, request.headers["range"])])
        path = vendor_path(request.path)
        for method, given in product(methods, whole):
            reading = _RequestReading(method, given, request, response)
            for operations in self._vendors.values():
                match = operations.find(request.method, path)
                if match is not None:
                    yield _operation_call(operations, match, reading)
            yield _plain_call(path, reading)


def _operation_call(operations: _VendorOperations, match: OperationMatch, reading: _RequestReading) -> IdentifiedCall:
    method, given, request, response = reading
    status, data = (NO_STATUS, b"") if response is None else (response.status, response.body)
    mentions = operations.jobs.find_jobs(match, request, status, data, json_or_none(data))
    # Lists and lines show several jobs: their course is the call's own.
    mention = next((each for each in mentions if not each.binding.shows_many), None)
    creates = any(binding.creates for _, binding in operations.jobs.bindings(match.operation.id))
    parameters = [*match.params.items(), *given]
    name = f"{operations.vendor} {match.operation.id}"
    if method == "HEAD":
        name = f"{name} HEAD"
    if mention is None or creates:
        key = CallKey(name, _render(parameters))
        course = CourseKey("", " ".join(key))
    else:
        key = CallKey(name, _render(each for each in parameters if each[0] != mention.binding.id_name))
        course = CourseKey(operations.vendor, mention.job_id)
    return IdentifiedCall(
        key=key,
        course=course,
        method=method,
        template=match.operation.template,
        mention=mention,
        creates=creates,
        is_command=mention is not None and method not in _READS and match.operation.id in operations.commands,
    )


def _plain_call(path: str, reading: _RequestReading) -> IdentifiedCall:
    key = CallKey(f"{reading.method} {path}", _render(reading.parameters))
    return IdentifiedCall(key=key, course=CourseKey("", " ".join(key)), method=reading.method, template=path)


def _render(parameters: Iterable[tuple[str, str]]) -> str:
    return urlencode(sorted(parameters), errors="replace")
