"""Judges one run of a receiver, by what can be seen: its answers, its end, and what it reports.

*Hung*: an answer did not come in time. *Crashed*: it ended, or it broke a connection off. *Misbehaved*: it accepted a
forged delivery, never accepted a genuine one, or reports that it acted on a forgery, acted twice on one event, or took
an ended job for a running one. *Not reached*: nothing of the scenario's point could be seen. *Survived*: none of these.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from mockserver.client.conduct import BREACHES, MAX_SHOWN
from mockserver.client.views import JobView
from mockserver.core.text import pluralize
from mockserver.engine.notify.delivery_log import DELIVERED
from mockserver.trial.evidence import ends_as
from mockserver.trial.receptions import ReceiverEvidence, Reception
from mockserver.trial.verdicts import TrialOutcome, TrialVerdict, exit_text, first_verdict, last_words

RECEIVER_RULE: Final = "C7"


def judge_receiver(evidence: ReceiverEvidence) -> TrialVerdict:
    """Return the verdict on one run of a receiver."""
    checks = (
        (TrialOutcome.NOT_REACHED, unreached_reasons(evidence)),
        (TrialOutcome.CRASHED, crash_reasons(evidence)),
        (TrialOutcome.HUNG, late_reasons(evidence)),
        (TrialOutcome.MISBEHAVED, (*answer_reasons(evidence), *report_reasons(evidence))),
        (TrialOutcome.NOT_REACHED, unseen_reasons(evidence)),
    )
    return first_verdict(checks)


def unreached_reasons(evidence: ReceiverEvidence) -> Iterator[str]:
    """Yield why no delivery can be judged."""
    if not evidence.is_listening:
        code = evidence.end.exit_code
        ended = "" if code is None else f"; it ended with {exit_text(evidence.end)}"
        yield f"nothing listens at {evidence.url}{ended}"
    elif not evidence.deliveries:
        yield "no delivery was sent before the deadline"


def crash_reasons(evidence: ReceiverEvidence) -> Iterator[str]:
    """Yield why a run counts as crashed."""
    broken = [each for each in evidence.all_deliveries if each.is_broken_off]
    code = evidence.end.exit_code
    if code is not None:
        how = f"signal {-code} ended it" if code < 0 else f"it ended with exit code {code}"
        yield f"{how} before it was stopped"
    elif broken:
        yield f"it broke off {_described(broken[0])}: {broken[0].problem}"
    else:
        return
    words = last_words(evidence.end)
    if words:
        yield words


def late_reasons(evidence: ReceiverEvidence) -> Iterator[str]:
    """Yield which delivery was not answered in time."""
    late = [each for each in evidence.all_deliveries if each.is_late]
    if late:
        yield f"it gave {late[0].problem} to {pluralize(len(late), 'delivery')}, first {_described(late[0])}"


def answer_reasons(evidence: ReceiverEvidence) -> Iterator[str]:
    """Yield what is wrong with the receiver's answers."""
    forged = [each for each in evidence.deliveries if each.is_forged and each.is_accepted]
    if forged:
        breach = f"{RECEIVER_RULE}: it {BREACHES[RECEIVER_RULE]}"
        shown = dict.fromkeys(f"{_described(each)} -> {each.answer}" for each in forged)
        yield "\n".join([breach, *list(shown)[:MAX_SHOWN]])
    by_event: dict[tuple[str, str, str], list[Reception]] = {}
    for each in evidence.all_deliveries:
        if each.is_genuine:
            by_event.setdefault((each.job, each.event, each.event_id), []).append(each)
    for attempts in list(by_event.values())[:MAX_SHOWN]:
        if not any(each.is_accepted for each in attempts):
            times = "" if len(attempts) == 1 else f" in {len(attempts)} attempts"
            yield f"it refused a genuine delivery{times}: {_described(attempts[-1])} -> {attempts[-1].answer}"
            continue
        heard = [each for each in attempts if not each.is_lost and each.is_accepted]
        if heard and not any(each.state == DELIVERED for each in attempts):
            yield f"its answer counts as a failure: {_described(heard[-1])} -> {heard[-1].vendor_error}"


def report_reasons(evidence: ReceiverEvidence) -> Iterator[str]:
    """Yield what the receiver did wrong by its own report."""
    sent = {each.event_id for each in evidence.deliveries}
    forged = sent - {each.event_id for each in evidence.deliveries if not each.is_forged}
    processed = evidence.processed
    for event_id in dict.fromkeys(processed):
        if event_id in forged:
            yield f"it reports that it processed {event_id}, which was only sent with a signature that is not right"
        elif event_id in sent and processed.count(event_id) > 1:
            yield f"it reports that it processed {event_id} {processed.count(event_id)} times"
    for job in evidence.jobs:
        yield from _status_reasons(evidence, job)


def _status_reasons(evidence: ReceiverEvidence, job: JobView) -> Iterator[str]:
    terminal = evidence.candidate.era.kinds[job.kind].lifecycle.terminal
    words = [report.status for report in evidence.reports if report.job == job.id]
    for before, after in pairwise(words):
        if before in terminal and after != before:
            yield f"it reports {after!r} for {job.kind} {job.id}, after {before!r}, which is an end"
            return
    if words and words[-1] in terminal and words[-1] != ends_as(job):
        yield f"it reports {words[-1]!r}, and {job.kind} {job.id} is {ends_as(job)!r}"


def unreported_reasons(evidence: ReceiverEvidence) -> Iterator[str]:
    """Yield why what only a report can show could not be seen."""
    needed = evidence.candidate.reports
    given = (("processed", evidence.processed), ("status", evidence.reports))
    made = {name for name, found in given if found}
    if needed and not any(report.name.lower() in made for report in needed):
        listed = " or ".join(sorted(needed))
        yield f"its answers were right; what it did with them it does not report: a line {listed} for each"


def unseen_reasons(evidence: ReceiverEvidence) -> Iterator[str]:
    """Yield why what the scenario is about could not be seen."""
    unreported = tuple(unreported_reasons(evidence))
    yield from unreported
    shown = any(each.is_genuine or (each.is_accepted and not each.is_forged) for each in evidence.all_deliveries)
    if not unreported and not shown:
        yield "no delivery that a receiver must accept was sent"


def _described(delivery: Reception) -> str:
    """Return a delivery for a reader."""
    return (
        f"{delivery.event} of {delivery.job} ({delivery.cause or f'attempt {delivery.attempt}'}, {delivery.signature})"
    )
