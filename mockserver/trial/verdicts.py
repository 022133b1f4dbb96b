"""Judges one run of a client: the first of the outcomes below that the evidence shows.

*Hung*: it ran at its deadline, and not because its job did. *Crashed*: a signal ended it, or an exit code that no
failure of its job explains. *Misbehaved*: it broke a rule of conduct, created a job again after trouble, or reports
another end of its job than the real one. *Not reached*: it did not meet what the scenario is about. *Survived*: none
of these.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from mockserver.client.conduct import breach_lines
from mockserver.client.views import FindingView, JobView
from mockserver.core.instants import SECOND, format_duration
from mockserver.core.text import pluralize, truncate
from mockserver.trial.client_process import ClientEnd
from mockserver.trial.evidence import FATAL_STATUSES, TrialEvidence, ends_as

DEFAULT_EXITS: Final = frozenset({0})
"""Exit codes of an orderly end, whatever happened to the job."""
FAILURE_EXIT: Final = 1
"""The exit code of a client whose job has failed."""
PATIENCE: Final = timedelta(minutes=30)
"""The session's time after which a client may give up waiting."""
_ERROR_NAME: Final = re.compile(r"[\w.]*(Error|Exception)\b")
"""The beginning of a line such as `json.decoder.JSONDecodeError: ...`."""
MAX_REASON: Final = 300
"""Characters of one reason."""


class TrialOutcome(StrEnum):
    """What a client made of a scenario."""

    SURVIVED = "survived"
    HUNG = "hung"
    CRASHED = "crashed"
    MISBEHAVED = "misbehaved"
    NOT_REACHED = "not reached"
    NOT_RUN = "not run"
    """The budget was used up."""

    @property
    def is_finding(self) -> bool:
        """True if the scenario caught something."""
        return self in (TrialOutcome.HUNG, TrialOutcome.CRASHED, TrialOutcome.MISBEHAVED)


@dataclass(frozen=True, kw_only=True)
class TrialVerdict:
    """An outcome with its reasons, each of one or more lines."""

    outcome: TrialOutcome
    reasons: tuple[str, ...] = ()


def first_verdict(checks: Iterable[tuple[TrialOutcome, Iterable[str]]]) -> TrialVerdict:
    """Return the first outcome that has a reason, with its reasons; survived where none has."""
    for outcome, found in checks:
        reasons = tuple(found)
        if reasons:
            return TrialVerdict(outcome=outcome, reasons=reasons)
    return TrialVerdict(outcome=TrialOutcome.SURVIVED)


def judge_run(evidence: TrialEvidence, expected_exits: Collection[int] = DEFAULT_EXITS) -> TrialVerdict:
    """Return the verdict on one run; `expected_exits` are the exit codes of an orderly end."""
    missed = missed_reason(evidence)
    checks = (
        (TrialOutcome.HUNG, hang_reasons(evidence)),
        (TrialOutcome.CRASHED, crash_reasons(evidence, expected_exits)),
        (TrialOutcome.MISBEHAVED, conduct_reasons(evidence)),
        (TrialOutcome.NOT_REACHED, (missed,) if missed else ()),
    )
    return first_verdict(checks)


def missed_reason(evidence: TrialEvidence) -> str:
    """Return why an orderly run shows nothing about its scenario; empty: it met what the scenario is about."""
    if not evidence.calls:
        return no_request_reason(evidence)
    waiting = job_that_is_awaited(evidence)
    if waiting is not None:
        time = format_duration(round(evidence.waited.total_seconds()) * SECOND)
        waited = f"{pluralize(evidence.call_count, 'request')} and {time} of the session's time"
        return f"its {waiting.kind} still runs, after {waited}: give the client more time (--deadline), or poll faster"
    missed = evidence.candidate.encounter.missed_by(evidence.calls)
    return missed and missed + refused_calls(evidence)


def job_that_is_awaited(evidence: TrialEvidence) -> JobView | None:
    """Return the running job that a client polled rightly until its deadline; None: it did something else.

    A client that waits for a job without an end is right to do so until its patience should be at its end.
    """
    if evidence.end.exit_code is not None:
        return None
    job = evidence.job_last_read
    if job is None or job.terminal or (not job.ahead and evidence.waited >= PATIENCE):
        return None
    return job


def hang_reasons(evidence: TrialEvidence) -> Iterator[str]:
    """Yield why a run counts as hung."""
    # A client that sends nothing has not met the scenario: it may have been slow to start.
    if evidence.end.exit_code is not None or not evidence.calls or job_that_is_awaited(evidence) is not None:
        return
    last = evidence.calls[-1]
    answer = "no whole answer" if last.lost else str(last.status)
    same = sum(
        (call.method, call.path, call.status) == (last.method, last.path, last.status) for call in evidence.calls
    )
    text = f"it ran until its deadline; its last request was {last.method} {last.path} -> {answer}"
    if same > 1:
        text += f", sent {same} times of {pluralize(len(evidence.calls), 'request')}"
    yield text


def crash_reasons(evidence: TrialEvidence, expected_exits: Collection[int]) -> Iterator[str]:
    """Yield why a run counts as crashed."""
    code = evidence.end.exit_code
    # A client that sends nothing has not met the scenario, whatever ended it.
    if code is None or code in expected_exits or not evidence.calls:
        return
    if code < 0:
        yield f"signal {-code} ended it"
    elif code == FAILURE_EXIT and may_fail(evidence):
        return
    else:
        yield f"it ended with exit code {code}{job_at_end(evidence)}"
    words = last_words(evidence.end)
    if words:
        yield words


def no_request_reason(evidence: TrialEvidence) -> str:
    """Return how a client ended that sent no request."""
    text = "no request reached the session"
    if evidence.end.exit_code is None:
        text += " before the deadline"
    elif evidence.end.exit_code:
        text += f"; the client ended with {exit_text(evidence.end)}"
    return text


def refused_calls(evidence: TrialEvidence) -> str:
    """Return the refusals that a wrong key or base URL leads to, as the end of a sentence; empty: none."""
    refused = [call for call in evidence.calls if call.status in FATAL_STATUSES and not call.faults]
    if not refused:
        return ""
    first = refused[0]
    count = f"{len(refused)} of {pluralize(len(evidence.calls), 'request')}"
    return f"; refused: {count}, first {first.method} {first.path} -> {first.status}"


def exit_text(end: ClientEnd) -> str:
    """Return the exit code of a client with its last words, if it printed any."""
    words = last_words(end)
    return f"exit code {end.exit_code}" + (f": {words}" if words else "")


def last_words(end: ClientEnd) -> str:
    """Return the last line of stderr that names an error, else its last line; empty: the client printed none."""
    lines = [line.strip() for line in end.stderr.splitlines() if line.strip()]
    named = [line for line in lines if _ERROR_NAME.match(line)]
    return truncate((named or lines or [""])[-1], MAX_REASON)


def may_fail(evidence: TrialEvidence) -> bool:
    """Return True if a client may rightly report a failure.

    It may if it was refused for good, if it got a failure for the result of an ended job, if it has waited for long,
    and if none of its jobs succeeds and it saw how each ended.
    """
    if evidence.is_refused_for_good or evidence.is_told_of_failure or evidence.waited >= PATIENCE:
        return True
    return all(not evidence.succeeds(job) and evidence.has_seen_end(job) for job in evidence.known_jobs)


def job_at_end(evidence: TrialEvidence) -> str:
    """Return the state of the job when its client ended, as the end of a sentence; empty: the client knows no job."""
    job = evidence.last_job
    if job is None:
        return ""
    if not job.terminal:
        return f" although its {job.kind} runs on"
    if evidence.has_seen_end(job):
        return f" although its {job.kind} is {job.state}"
    return f" without seeing that its {job.kind} is {job.state}"


def is_single_look(finding: FindingView, evidence: TrialEvidence) -> bool:
    """Return True for the only read of a job behind its end: clients look once more, for the address of its result."""
    same = [each for each in evidence.conduct if (each.rule, each.job) == (finding.rule, finding.job)]
    return finding.rule == "C2" and len(same) == 1


def conduct_reasons(evidence: TrialEvidence) -> Iterator[str]:
    """Yield what the client did wrong, by its calls and by its report."""
    for earlier, later in evidence.repeated_creates():
        text = f"it created the same job again after trouble: {earlier.job}, then {later.job}"
        if evidence.is_charged(earlier.job) and evidence.is_charged(later.job):
            text += "; both are charged"
        yield text
    # C5 is a guess from outside, where the trial knows whether the first create has made a job.
    conduct = [each for each in evidence.conduct if each.rule != "C5" and not is_single_look(each, evidence)]
    if conduct:
        yield "\n".join(breach_lines(conduct))
    job = evidence.last_job
    reported = evidence.reported
    if job is None or job.deleted or reported not in evidence.candidate.era.kinds[job.kind].lifecycle.terminal:
        return
    if reported != ends_as(job):
        yield f"it reports {reported!r}, and its {job.kind} {'is' if job.terminal else 'will be'} {ends_as(job)!r}"
