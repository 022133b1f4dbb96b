"""What a receiver on trial was sent, what it answered, and what it says it did.

A receiver says so by lines of its stdout, each a JSON object: `{"processed": ID}` with the id of an event that it has
acted on, `{"job": ID, "status": STATUS}` with what it now takes for a job's status. Other lines mean nothing.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from mockserver.client.views import JobView, instant
from mockserver.trial.client_process import ClientEnd
from mockserver.trial.receiver_candidates import ReceiverCandidate
from mockserver.trial.relay import NO_ANSWER_IN_TIME, RelayedDelivery
from mockserver.vendors.signatures import VALID, is_forgery
from mockserver.vendors.webhook_endpoint import UNSIGNED


@dataclass(frozen=True, kw_only=True)
class Reception:
    """One delivery that reached the receiver."""

    at: datetime
    """In the session's time."""
    event: str
    event_id: str
    """The same for each delivery of one event; the job's id where the vendor sends none."""
    job: str
    attempt: int
    cause: str
    """Empty: an attempt by the vendor's rules; else `duplicate`."""
    signature: str
    """The verdict of an honest verifier."""
    is_forged: bool
    """A receiver must refuse it."""
    is_genuine: bool
    """A receiver must accept it: signed as it should be, or of a vendor that never signs."""
    state: str
    """What the vendor takes it for: `delivered`, `retrying`, `failed`."""
    vendor_error: str
    """Why the vendor takes it for a failure."""
    status: int | None
    """The receiver's own answer; None: it gave none."""
    problem: str
    """Why there is no answer."""
    is_lost: bool
    """True if the vendor heard another answer, or none."""

    @property
    def is_accepted(self) -> bool:
        """True if the receiver said that it took the delivery."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_late(self) -> bool:
        """True if the receiver's answer did not come in time."""
        return self.problem == NO_ANSWER_IN_TIME

    @property
    def is_broken_off(self) -> bool:
        """True if the connection ended without the receiver's answer."""
        return bool(self.problem) and not self.is_late

    @property
    def answer(self) -> str:
        """The receiver's answer for a reader."""
        return self.problem or str(self.status)


class StatusReport(NamedTuple):
    """The status of a job as a receiver takes it."""

    job: str
    status: str


@dataclass(frozen=True, kw_only=True)
class ReceiverEvidence:
    """One run of a receiver in front of one scenario."""

    candidate: ReceiverCandidate
    url: str
    """Where it was to listen."""
    is_listening: bool
    """False: nothing ever listened there."""
    end: ClientEnd
    """An exit code: it ended by itself."""
    deliveries: Sequence[Reception] = ()
    """In the order in which they were sent."""
    controls: Sequence[Reception] = ()
    """Those of another session, before, without the scenario's faults."""
    jobs: Sequence[JobView] = ()

    @property
    def all_deliveries(self) -> Sequence[Reception]:
        """Those of both sessions."""
        return (*self.controls, *self.deliveries)

    @property
    def processed(self) -> tuple[str, ...]:
        """The ids of the events that the receiver says it has acted on, in their order."""
        return tuple(text for line in self._lines() if isinstance(text := line.get("processed"), str))

    @property
    def reports(self) -> tuple[StatusReport, ...]:
        """The statuses that the receiver reports of jobs, in their order."""
        found = ((line.get("job"), line.get("status")) for line in self._lines())
        return tuple(StatusReport(job, word) for job, word in found if isinstance(job, str) and isinstance(word, str))

    def _lines(self) -> Iterator[Mapping[str, Any]]:
        for text in self.end.stdout.splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line


def match_deliveries(
    candidate: ReceiverCandidate, shown: Sequence[Mapping[str, Any]], relayed: Sequence[RelayedDelivery]
) -> Iterator[Reception]:
    """Yield what reached the receiver: each entry of `GET deliveries` with the first answer to the same bytes."""
    open_ones = list(relayed)
    for entry in shown:
        headers = {(name.lower(), value) for name, value in entry["headers"]}
        body = entry["body"].encode()
        found = next((each for each in open_ones if each.body == body and headers <= each.headers), None)
        if found is not None:
            open_ones.remove(found)
            yield as_received(candidate, entry, found)


def as_received(candidate: ReceiverCandidate, entry: Mapping[str, Any], relayed: RelayedDelivery) -> Reception:
    """Return one delivery with the receiver's answer to it."""
    signature: str = entry["signature"]
    is_stripped = candidate.endpoint.delivery_fault(entry["event"]).signature == UNSIGNED
    return Reception(
        at=instant(entry["at"]),
        event=entry["event"],
        event_id=entry["event_id"] or entry["job"],
        job=entry["job"],
        attempt=entry["attempt"],
        cause=entry["cause"] or "",
        signature=signature,
        is_forged=is_forgery(signature, is_stripped=is_stripped),
        is_genuine=signature == VALID or not candidate.vendor_signs,
        state=entry["state"],
        vendor_error=entry["error"] or "",
        status=relayed.status,
        problem=relayed.problem,
        is_lost=relayed.is_lost,
    )
