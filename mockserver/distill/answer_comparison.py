"""Compares the answer of a playback with the recorded one: each difference that counts is an aspect."""

from collections.abc import Iterator

from mockserver.distill.calls import AnswerView, RecordedCall
from mockserver.distill.translation import Translation


def differing_aspects(call: RecordedCall, played: AnswerView | None, translation: Translation) -> Iterator[str]:
    """Yield what differs between the recorded answer and the played one (None: none came)."""
    recorded = call.view
    if recorded is not None and recorded.is_cut:
        if played is not None:
            yield "cut"
    elif recorded is None or played is None:
        # A read without an answer may be one whose body was not recorded: it says nothing.
        if (recorded is None) != (played is None) and (recorded is not None or call.is_command):
            yield "answer"
    elif recorded.status != played.status:
        yield "status"
    else:
        # A sentence is for people: the service may word it differently.
        if recorded.reason and " " not in recorded.reason and recorded.reason != played.reason:
            yield "reason"
        if recorded.is_json != played.is_json:
            yield "body"
        yield from differing_sightings(call, recorded, played, translation)
        if call.shows_no_state and any(each.job_id == translation.text(call.job_id or "") for each in played.sightings):
            yield "state"
        if hides_job(call, recorded, played, translation):
            yield "list"


def differing_sightings(
    call: RecordedCall, recorded: AnswerView, played: AnswerView, translation: Translation
) -> Iterator[str]:
    """Yield `state` or `counters` for the first job that the answers show differently."""
    shown = {(each.kind, each.job_id): each for each in played.sightings}
    for sighting in recorded.sightings:
        if not translation.knows(sighting.job_id) and sighting.job_id != call.job_id:
            continue
        job_id = translation.text(sighting.job_id)
        if recorded.created_id == sighting.job_id and played.created_id:
            job_id = played.created_id
        other = shown.get((sighting.kind, job_id))
        # Of two states that the contract does not have, one stands for the other.
        is_strange = other is not None and not other.is_known_state and not sighting.is_known_state
        if other is None or (other.state != sighting.state and not is_strange):
            yield "state"
            return
        if other.counters != sighting.counters:
            yield "counters"
            return


def hides_job(call: RecordedCall, recorded: AnswerView, played: AnswerView, translation: Translation) -> bool:
    """Return True for a recorded list without a job that the played one shows."""
    # A list that is as long may have been cut by the size of its page.
    if not call.lists_jobs or len(recorded.sightings) >= len(played.sightings):
        return False
    listed = {translation.text(each.job_id) for each in recorded.sightings}
    return bool(translation.job_ids & {each.job_id for each in played.sightings} - listed)
