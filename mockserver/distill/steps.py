"""The play of a draft: the client's commands at their instants, and the reads that show what they have led to."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from mockserver.contract.judge.placed_exchange import KEY_HEADERS
from mockserver.core.forms import MULTIPART, URLENCODED, request_value
from mockserver.core.instants import Duration, format_duration, parse_duration
from mockserver.core.media_type import parse_media_type
from mockserver.core.wire import json_or_none
from mockserver.distill.calls import AnswerView, RecordedCall
from mockserver.distill.draft import DraftLine
from mockserver.distill.recorded_deliveries import RecordedDelivery, expected_deliveries
from mockserver.distill.recorded_jobs import placeholder_id
from mockserver.distill.translation import RecordedJobNames, given_keys
from mockserver.distill.vocabulary import Vocabulary, declared_headers
from mockserver.scenario.steps import NO_KEY
from mockserver.vendors.api import BodyFormat, Era, Operation
from mockserver.vendors.faults import ABSENT
from mockserver.vendors.http import USUAL_KEY

MAX_READS: Final = 100
"""Reads in a play; what further ones show is left to the timeline."""
_NUMBER: Final = re.compile(r"-?\d{1,5}", re.ASCII)
_UNKNOWN_JOB: Final = 999
_FORM_NAMES: Final = {URLENCODED: BodyFormat.FORM.value, MULTIPART: BodyFormat.MULTIPART.value}
"""The number of the id that stands for unknown jobs."""


ReadChoice = Literal["telling", "last", "all"]


class PlayStyle(NamedTuple):
    """How a play is written."""

    precision: Duration
    """What times are rounded to."""
    bodies: frozenset[int] = frozenset()
    """The numbers of the calls that send what was recorded of their body."""
    reads: ReadChoice = "telling"
    """`telling`: the odd reads and the last of each job; `last`: only these; `all`: all of them, equal ones in a
    row as one step."""
    jobs: frozenset[str] | None = None
    """The recorded ids of the jobs that the play is about; None: all of them."""


class _DeliveriesStep(NamedTuple):
    """A step that expects webhooks, and its instant."""

    at: Duration
    expected: dict[str, Any]

    def at_latest(self, now: Duration) -> dict[str, Any]:
        """Return the step behind steps that end at `now`."""
        step: dict[str, Any] = {"deliveries": self.expected}
        return {"at": format_duration(self.at), **step} if self.at > now else step


@dataclass(frozen=True)
class PlayWriter:
    """Writes the steps of a play."""

    era: Era
    names: RecordedJobNames
    vocabulary: Vocabulary
    kinds: Mapping[str, str]
    """The kind of each job by its recorded id."""
    key_names: Mapping[str, str]
    """What stands for each API key of the recording."""
    deliveries: Sequence[RecordedDelivery] = ()
    """The recorded webhooks, in the order of their sending."""

    def lines(self, order: Sequence[RecordedCall], style: PlayStyle) -> tuple[DraftLine, ...]:
        """Return the steps for calls in their order of handling, and the step for the deliveries."""
        written: list[DraftLine] = []
        now = 0
        waiting = self.deliveries_step(style)
        if style.jobs is not None:
            order = [call for call in order if call.job_id is None or call.job_id in style.jobs]
        chosen = list(order) if style.reads == "all" else self.chosen_calls(order, style)
        groups = overlapping_groups([call for call in chosen if call.operation is not None])
        for group, repeats in self.repeated_groups(groups, style):
            at = max(now, round(group[-1].at / style.precision) * style.precision)
            if waiting is not None and waiting.at < at:
                written.append(DraftLine(waiting.at_latest(now)))
                now = max(now, waiting.at)
                waiting = None
            members = [self._step(call, style) for call in group]
            step: dict[str, Any] = members[0] if len(members) == 1 else {"together": members}
            if at != now:
                step = {"at": format_duration(at), **step}
            now = at
            if repeats:
                every = (repeats[-1].at - group[0].at) // len(repeats) // style.precision * style.precision
                step["times"] = len(repeats) + 1
                now += every * len(repeats)
                if every:
                    step["every"] = format_duration(every)
            comment = "" if all(call.view for call in group) else "no answer was recorded"
            written.append(DraftLine(step, comment))
        if waiting is not None:
            written.append(DraftLine(waiting.at_latest(now)))
        return tuple(written)

    def deliveries_step(self, style: PlayStyle) -> "_DeliveriesStep | None":
        """Return the step that expects the recorded webhooks, at the last one's instant; None without any."""
        deliveries = [each for each in self.deliveries if style.jobs is None or each.job_id in style.jobs]
        if not deliveries:
            return None
        at = -(-deliveries[-1].at // style.precision) * style.precision
        return _DeliveriesStep(at, expected_deliveries(deliveries, self.era))

    def repeated_groups(
        self, groups: Iterable[list[RecordedCall]], style: PlayStyle
    ) -> list[tuple[list[RecordedCall], list[RecordedCall]]]:
        """Return the groups, each with the single calls after it that repeat the same step."""
        found: list[tuple[list[RecordedCall], list[RecordedCall]]] = []
        for group in groups:
            before = found[-1][0] if found else []
            alike = len(group) == len(before) == 1 and self._step(group[0], style) == self._step(before[0], style)
            if style.reads == "all" and alike:
                found[-1][1].extend(group)
            else:
                found.append((group, []))
        return found

    def chosen_calls(self, order: Sequence[RecordedCall], style: PlayStyle) -> list[RecordedCall]:
        """Return the calls that are steps: commands, the first of each kind of odd read, the last read of each job."""
        last_reads: dict[str, int] = {}
        odd_reads: set[int] = set()
        latest: dict[tuple[str, str | None], str | None] = {}
        for call in order:
            if call.operation is None or call.is_command or call.view is None:
                continue
            key = (call.operation.name, call.job_id)
            word = oddness(call, call.view)
            if style.reads == "telling" and word is not None and latest.get(key) != word:
                odd_reads.add(call.number)
            latest[key] = word
            if call.job_id is not None and call.operation.polls and call.is_accepted:
                last_reads[call.job_id] = call.number
        reads = {*sorted({*last_reads.values(), *odd_reads})[-MAX_READS:]}
        return [call for call in order if call.operation is not None and (call.is_command or call.number in reads)]

    def _step(self, call: RecordedCall, style: PlayStyle) -> dict[str, Any]:
        operation = call.operation
        assert operation is not None  # noqa: S101 -- only such calls are chosen
        step: dict[str, Any] = {}
        if call.view is not None and call.view.created_id is not None:
            if name := self.names.created.get(call.view.created_id):
                step["as"] = name
        elif job := self.job_reference(operation, call.job_id, style):
            step["job"] = job
        if call.number in style.bodies:
            step["send"] = self.vocabulary.replace_texts(request_value(call.request) or {})
            if sent_as := _FORM_NAMES.get(parse_media_type(call.request.headers.get("content-type"))):
                step["sent_as"] = sent_as
        if key := self.key_of(call):
            step["key"] = key
        headers = self.odd_credentials(call) | self.missing_headers(call) | self.contract_headers(call)
        if headers:
            step["headers"] = headers
        if query := self.contract_query(call, operation):
            step["query"] = query
        if operation.about_one_job and call.job_id is None:
            # A step of an operation about a job names one; the client did not.
            step["call"] = {"method": operation.method, "path": operation.path, "body": {}}
            return {**step, "expect": self._expected(call) or {}}
        return {**step, operation.name: self._expected(call)}

    def job_reference(self, operation: Operation, job_id: str | None, style: PlayStyle) -> str | None:
        """Return how a step names its job; None where no name is needed."""
        kind = operation.kind
        if not operation.about_one_job or job_id is None:
            return None
        if job_id not in self.kinds:
            return placeholder_id(self.era, kind, _UNKNOWN_JOB) if kind in self.era.kinds else None
        if len(self.kinds if style.jobs is None else style.jobs) == 1:
            return None
        return self.names.seeded.get(job_id) or self.names.created.get(job_id)

    def key_of(self, call: RecordedCall) -> str | None:
        """Return the `key` of a step: none where it was refused without one, another than the first; else None."""
        given = given_keys(call.request)
        if not given:
            return NO_KEY if call.view is not None and call.view.status in (401, 403) else None
        name = self.key_names[next(iter(given.values()))]
        return None if name == USUAL_KEY else name

    def odd_credentials(self, call: RecordedCall) -> dict[str, str]:
        """Return the headers of a key that was not sent as the vendor wants it: under another name or scheme."""
        wanted = {name.lower(): value.rpartition(" ")[0] for name, value in self.era.auth_headers(USUAL_KEY).items()}
        given = {name: value for name, value in call.request.headers.items() if name in KEY_HEADERS}
        if call.is_accepted or {name: value.rpartition(" ")[0] for name, value in given.items()} == wanted:
            return {}
        return dict.fromkeys(given, USUAL_KEY)

    def missing_headers(self, call: RecordedCall) -> dict[str, str]:
        """Return the headers that every call of the vendor has, and a refused one had not."""
        if call.is_accepted:
            return {}
        names = declared_headers(self.era.vendor)
        missing = [name for name in self.era.usual_headers if name not in call.request.headers]
        return {names.get(name, name): ABSENT for name in missing}

    def contract_headers(self, call: RecordedCall) -> dict[str, str]:
        """Return the headers that the contract has, with the values that it has, numbers and durations.

        Those of a key, and those that every call of the vendor has, are not among them.
        """
        return {
            name: value
            for header, name in declared_headers(self.era.vendor).items()
            if header not in KEY_HEADERS
            and header not in self.era.usual_headers
            and (value := call.request.headers.get(header)) is not None
            and (value in self.vocabulary.words or _NUMBER.fullmatch(value) or parse_duration(value) is not None)
        }

    def contract_query(self, call: RecordedCall, operation: Operation) -> dict[str, str]:
        """Return the parameters that the contract has, with the values that it has, and numbers."""
        own = "" if operation.id_in is None else operation.id_in[1]
        words = self.vocabulary.words
        return {
            name: value
            for name, value in call.request.query_parameters()
            if name != own and name in words and (value in words or _NUMBER.fullmatch(value))
        }

    def _expected(self, call: RecordedCall) -> dict[str, Any] | None:
        view, response = call.view, call.exchange.response
        if view is None or response is None or view.is_cut:
            return {"no_answer": True}
        if view.created_id is not None:
            return None
        expected: dict[str, Any] = {}
        if call.is_command or not call.is_accepted:
            expected["status"] = view.status
        if view.reason in self.vocabulary.words:
            expected["reason"] = view.reason
        own = [each for each in view.sightings if each.job_id == call.job_id and each.is_known_state]
        body = json_or_none(response.body)
        if own and isinstance(body, dict) and body.get("status") == own[0].state:
            expected["body"] = {"status": own[0].state}
        return expected or None


def oddness(call: RecordedCall, view: AnswerView) -> str | None:
    """Return what makes a read worth a step: a refusal, an unknown state, a broken or cut body; None: nothing."""
    if view.status >= 300:
        return str(view.status)
    unknown = [each.state for each in view.sightings if not each.is_known_state]
    if unknown:
        return unknown[0]
    if view.is_cut:
        return "cut"
    if call.shows_no_state:
        return "no state"
    if call.broken_fields:
        return str(sorted(call.broken_fields))
    return None if view.is_json else "no JSON"


def overlapping_groups(calls: Iterable[RecordedCall]) -> list[list[RecordedCall]]:
    """Group the calls that were all sent before the first of them was answered."""
    groups: list[list[RecordedCall]] = []
    for call in calls:
        if groups and all(overlap(earlier, call) for earlier in groups[-1]):
            groups[-1].append(call)
        else:
            groups.append([call])
    return groups


def overlap(left: RecordedCall, right: RecordedCall) -> bool:
    """Return True if two calls, in any order, were under way at the same time."""
    first, second = sorted((left, right), key=lambda call: call.number)
    return first.overlaps(second)
