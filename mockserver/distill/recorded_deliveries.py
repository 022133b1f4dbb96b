"""Webhooks that were recorded: requests to the client's own host whose body names an event and a recorded job.

They become a `webhooks` line, which says how the receiver answered, and a `deliveries` step, which says what must have
been sent by then. An event whose type is the name of a state also shows when the job entered it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from mockserver.contract.rules.conditions import value_at
from mockserver.core.instants import SECOND, Duration, Instant, format_duration
from mockserver.core.wire import Exchange, json_or_none
from mockserver.distill.courses import StateSighting
from mockserver.distill.recorded_jobs import RecordedJob
from mockserver.distill.round_duration import roundest_duration
from mockserver.vendors.api import Era
from mockserver.vendors.webhook_endpoint import RECEIVER_TIMEOUT

MAX_LISTED: Final = 20
"""Deliveries whose events and answers a step lists; of more it has the count."""
LATE: Final[Duration] = 10 * SECOND
"""How long after its state was seen an event is late."""
_USUAL_ANSWER: Final = 200


class RecordedDelivery(NamedTuple):
    """One webhook of the recording."""

    at: Duration
    """When it was sent, counted from the first call."""
    event: str
    """Its type, in full."""
    job_id: str
    answer: int | str
    """The receiver's status; `timeout` if it gave none."""
    body: bytes = b""


def read_delivery(exchange: Exchange, era: Era, kinds: Mapping[str, str], start: Instant) -> RecordedDelivery | None:
    """Return the webhook that an exchange is; None for another one. `kinds` has the kind of each job by its id."""
    if exchange.request.method != "POST":
        return None
    body = json_or_none(exchange.request.body)
    for kind in era.kinds.values():
        spec = kind.webhooks
        if spec is None or not isinstance(body, dict):
            continue
        named, job_id = value_at(body, spec.pointers.event), value_at(body, spec.pointers.job)
        event = spec.resolve_type(named) if isinstance(named, str) else ""
        if event and isinstance(job_id, str) and kinds.get(job_id) == kind.name:
            answer = RECEIVER_TIMEOUT if exchange.response is None else exchange.response.status
            at = max(0, exchange.sent_at - start)
            return RecordedDelivery(at, event, job_id, answer, exchange.request.body)
    return None


def note_deliveries(jobs: Iterable[RecordedJob], deliveries: Iterable[RecordedDelivery], era: Era) -> None:
    """Note the states that events show, the first delivery of each, for as long as nothing was done to the job."""
    by_id = {job.job_id: job for job in jobs}
    seen: set[tuple[str, str]] = set()
    for delivery in deliveries:
        job = by_id.get(delivery.job_id)
        state = delivery.event.rpartition(".")[2]
        if job is None or (delivery.job_id, state) in seen or state not in era.kinds[job.kind].lifecycle.states:
            continue
        seen.add((delivery.job_id, state))
        if job.command_at is None or delivery.at < job.command_at:
            job.natural.append(StateSighting(delivery.at - job.birth, state, is_poll=False))
            job.natural.sort(key=lambda sighting: sighting.at)


def late_events(jobs: Iterable[RecordedJob], deliveries: Iterable[RecordedDelivery]) -> dict[str, Duration]:
    """Return how late each event was sent whose state a call had shown long before."""
    by_id = {job.job_id: job for job in jobs}
    late: dict[str, Duration] = {}
    seen: set[tuple[str, str]] = set()
    for delivery in deliveries:
        job = by_id.get(delivery.job_id)
        if job is None or (delivery.event, delivery.job_id) in seen:
            continue
        seen.add((delivery.event, delivery.job_id))
        at, state = delivery.at - job.birth, delivery.event.rpartition(".")[2]
        first = next((each.at for each in job.natural if each.state == state), at)
        before = max((each.at for each in job.natural if each.at < first), default=0)
        if at - first >= LATE:
            late[delivery.event] = roundest_duration(at - first, at - before)
    return late


def endpoint_value(deliveries: Sequence[RecordedDelivery], jobs: Sequence[RecordedJob], era: Era) -> dict[str, Any]:
    """Return the value of `webhooks`: the events, the receiver's answers, and what was sent late or more than once.

    To be called before `note_deliveries`.
    """
    value: dict[str, Any] = {"events": sorted({event_name(each.event, era) for each in deliveries})}
    answers = [each.answer for each in deliveries]
    while answers and answers[-1] == _USUAL_ANSWER:
        answers.pop()
    if answers:
        value["receiver"] = answers
    late, repeated = late_events(jobs, deliveries), repeated_events(deliveries)
    faults: list[dict[str, Any]] = [
        {"on": event_name(event, era), "late": format_duration(delay)} for event, delay in late.items()
    ]
    faults += [{"on": event_name(event, era), "duplicate": count} for event, count in repeated.items()]
    if faults:
        value["deliver"] = faults
    return value


def repeated_events(deliveries: Iterable[RecordedDelivery]) -> dict[str, int]:
    """Return how often each event was sent again, byte for byte, although the receiver had taken it."""
    taken: set[bytes] = set()
    counts: Counter[bytes] = Counter()
    repeated: dict[str, int] = {}
    for each in deliveries:
        if each.body in taken:
            counts[each.body] += 1
            repeated[each.event] = max(counts[each.body], repeated.get(each.event, 0))
        elif isinstance(each.answer, int) and each.answer < 300:
            taken.add(each.body)
    return repeated


def expected_deliveries(deliveries: Sequence[RecordedDelivery], era: Era) -> dict[str, Any]:
    """Return the value of a `deliveries` step: the events in order, and the answers where one is not 200."""
    if len(deliveries) > MAX_LISTED:
        return {"count": len(deliveries)}
    expected: dict[str, Any] = {"events": [event_name(each.event, era) for each in deliveries]}
    answers = [each.answer for each in deliveries]
    if any(answer != _USUAL_ANSWER for answer in answers):
        expected["answers"] = answers
    return expected


def event_name(event: str, era: Era) -> str:
    """Return the end of a type, where no other type of the era has it; else the whole type."""
    types = {each for kind in era.kinds.values() if kind.webhooks is not None for each in kind.webhooks.types}
    end = event.rpartition(".")[2]
    return end if [each.rpartition(".")[2] for each in types].count(end) == 1 else event
