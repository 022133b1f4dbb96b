"""The sections of a failing report: what happened in the session, and the line that runs the test again."""

import os
import shlex
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from mockserver.client.admin import DEFAULT_SESSION
from mockserver.client.http import Unreachable
from mockserver.client.views import CallView
from mockserver.core.text import pluralize
from mockserver.errors import MockError
from mockserver.testing.session import VideoJob
from mockserver.testing.verdict import conduct_lines

MAX_JOBS: Final = 20
MAX_CALLS: Final = 20
MAX_EXPLAINED: Final = 2
"""Answers that are explained: the last refused ones, else the last ones; each kind of answer once."""
MIN_IDLE_POLLS: Final = 4
"""Polls of a running job at one instant that look like a loop whose sleeps do not move the clock."""

Section = tuple[str, str]
"""The title and the text of a part of the report."""


def report_sections(session: VideoJob, node_id: str, options: tuple[str, ...]) -> list[Section]:
    """Return the sections of a failing test; `options`: those of the command line that the plugin knows."""
    found: list[Section] = []
    try:
        calls = session.journal
        for title, lines in _PARTS.items():
            text = "\n".join(lines(session, calls))
            if text:
                found.append((f"videojob: {title}", text))
    except (MockError, Unreachable) as error:
        # A report must not hide the failure that it is about.
        found.append(("videojob", f"the session has no more to say: {error}"))
    found.append(("videojob: again", "\n".join(replay_lines(session, node_id, options))))
    return found


def _job_lines(session: VideoJob, calls: tuple[CallView, ...]) -> Iterator[str]:
    for job in session.jobs[:MAX_JOBS]:
        yield f"{job.kind} {job.id} ({job.vendor}): {job.story}"
        if job.ahead:
            yield f"    ahead: {', '.join(f'{each.state} {each.after}' for each in job.ahead)}"
        if job.items:
            yield f"    items: {', '.join(f'{number} {state}' for state, number in job.items.items())}"
        if job.ledger:
            yield f"    ledger: {', '.join(f'{each.entry} {each.amount:g} {each.unit}' for each in job.ledger)}"


def _call_lines(session: VideoJob, calls: tuple[CallView, ...]) -> Iterator[str]:
    if len(calls) > MAX_CALLS:
        yield f"({pluralize(len(calls) - MAX_CALLS, 'earlier call')} left out)"
    for call in calls[-MAX_CALLS:]:
        note = f"  ({call.note})" if call.note else ""
        yield f"{call.at:%H:%M:%S.%f}"[:-3] + f"  {call.method} {call.path} -> {call.status}  [{call.request_id}]{note}"


def _explained_lines(session: VideoJob, calls: tuple[CallView, ...]) -> Iterator[str]:
    refused = [call for call in calls if call.status >= 400]
    times = Counter(_answer_key(call) for call in calls)
    latest: dict[tuple[str, str, int], CallView] = {}
    for call in reversed(refused or calls):
        latest.setdefault(_answer_key(call), call)
    for call in reversed(list(latest.values())[:MAX_EXPLAINED]):
        yield session.explain(call.request_id)
        if times[_answer_key(call)] > 1:
            yield f"    times    {times[_answer_key(call)]}: the last of these answers is explained"


def _answer_key(call: CallView) -> tuple[str, str, int]:
    """Return what answers with the same explanation have in common."""
    return (call.method, call.path, call.status)


def _near_miss_lines(session: VideoJob, calls: tuple[CallView, ...]) -> Iterator[str]:
    for call in calls:
        if not call.operation:
            yield f"{call.method} {call.path}: {call.note or 'no operation has this path'}"
    if calls:
        return
    yield f"No request reached this session. Its base URL is {session.url}; see videojob.VENDOR.url."
    for other in session.admin("GET", "sessions")["sessions"]:
        if other["name"] == DEFAULT_SESSION and other["requests"]:
            lost = f"{pluralize(other['requests'], 'request')} of this run reached no session of a test"
            yield f"{lost}: a client has dropped the prefix /s/... of its base URL."
    if {"http_proxy", "HTTP_PROXY"} & os.environ.keys() and not {"no_proxy", "NO_PROXY"} & os.environ.keys():
        yield "The environment has a proxy, which a client may use for 127.0.0.1 too: set NO_PROXY=127.0.0.1."
    for vendor in session.vendor_names:
        for name, value in session.vendor(vendor).variables.items():
            given = os.environ.get(name, value)
            if value.startswith("http") and given != value:
                yield f"The environment has {name}={given}, which a client may prefer."


def _clock_lines(session: VideoJob, calls: tuple[CallView, ...]) -> Iterator[str]:
    if session.plan.clock != "manual":
        return
    running = {job.id for job in session.jobs if not job.terminal}
    polls = Counter((call.job, call.at) for call in calls if call.method == "GET" and call.job in running)
    for (job, at), number in polls.items():
        if number >= MIN_IDLE_POLLS:
            yield f"{job}: {number} polls at {at:%H:%M:%S}, because the clock does not move while the client sleeps."
            yield 'Use @pytest.mark.videojob(clock="auto"), videojob.sleep or asleep for its sleeps, or advance.'


def _handler_lines(session: VideoJob, calls: tuple[CallView, ...]) -> Iterator[str]:
    for error in session.handler_errors[:1]:
        # The first frame is the receiver's.
        tail = error.__traceback__ and error.__traceback__.tb_next
        yield "".join(traceback.format_exception(type(error), error, tail)).rstrip()


def _conduct_lines(session: VideoJob, calls: tuple[CallView, ...]) -> Iterator[str]:
    if session.judged and session.conduct:
        yield from conduct_lines(session.conduct)


def _contract_lines(session: VideoJob, calls: tuple[CallView, ...]) -> Iterator[str]:
    if session.judged:
        for finding in session.findings:
            yield finding.text


_PARTS: Final[dict[str, Callable[[VideoJob, tuple[CallView, ...]], Iterator[str]]]] = {
    "jobs": _job_lines,
    "calls": _call_lines,
    "last answers": _explained_lines,
    "near misses": _near_miss_lines,
    "clock": _clock_lines,
    "webhook handler": _handler_lines,
    "conduct": _conduct_lines,
    "contract": _contract_lines,
}
"""Titles and lines, in the order of the report."""


def replay_lines(session: VideoJob, node_id: str, options: tuple[str, ...]) -> Iterator[str]:
    """Yield the command that runs the test again, and one that serves the same fake."""
    yield shlex.join(("pytest", *options, node_id))
    plan = session.plan
    words = ["mockserver", "serve"]
    if plan.scenario:
        words.append(plan.scenario)
    words += ["--clock", plan.clock, "--check"]
    words += [word for vendor, date in plan.vendors.items() for word in ("--vendor", f"{vendor}@{date}")]
    words += ["--seed", plan.seed] if plan.seed else []
    if not plan.text:
        yield f"{shlex.join(words)}   # the same fake, for a client outside of the test"
