"""The title of a distilled scenario: what happened, in one sentence, without a text of the recording."""

from collections.abc import Mapping, Sequence

from mockserver.core.text import with_article
from mockserver.distill.calls import RecordedCall
from mockserver.distill.recorded_jobs import RecordedJob


def describe_calls(calls: Sequence[RecordedCall], jobs: Mapping[str, RecordedJob]) -> str:
    """Return a sentence about the most telling command: a lost one, else the last refused one, else the last.

    A state is only named if the contract has it: any other word is a text of the recording.
    """
    commands = [call for call in calls if call.operation is not None and call.is_command and not creates(call)]
    lost = [call for call in commands if call.view is None]
    refused = [call for call in commands if call.view is not None and not call.is_accepted]
    telling = lost[:1] or refused[-1:] or commands[-1:]
    if telling:
        return describe_command(telling[0], jobs)
    failed = [call.view.status for call in calls if call.view is not None and not call.is_accepted]
    if failed:
        return f"A call is answered {failed[0]}"
    for job in jobs.values():
        known = [sighting.state for _, sighting in job.shown if sighting.is_known_state]
        if known:
            return f"{with_article(job.kind).capitalize()} is {known[-1]} in the end"
    return "Recorded calls"


def creates(call: RecordedCall) -> bool:
    """Return True if the answer shows a new job."""
    return call.view is not None and call.view.created_id is not None


def describe_command(call: RecordedCall, jobs: Mapping[str, RecordedJob]) -> str:
    """Return a sentence about a command: its name, the state of its job, and how it was answered."""
    name = call.operation.name.replace("_", " ") if call.operation is not None else ""
    job = jobs.get(call.job_id or "")
    state = None if job is None else state_at(call, job)
    subject = f" of {with_article(state)} {job.kind}" if job is not None and state is not None else ""
    if call.view is None:
        return f"The answer to {with_article(name)}{subject} is lost"
    outcome = "accepted" if call.is_accepted else "refused"
    return f"{with_article(name).capitalize()}{subject} is {outcome} with {call.view.status}"


def state_at(call: RecordedCall, job: RecordedJob) -> str | None:
    """Return the state that a command found a job in; None if it may have changed since it was seen."""
    before = [each.state for each in job.natural if each.at + job.birth <= call.at]
    after = [each.state for each in job.natural if each.at + job.birth > call.at]
    if not before or (after and after[0] != before[-1]):
        return None
    return before[-1]
