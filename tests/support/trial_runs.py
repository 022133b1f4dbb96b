"""Runs of a client as they look afterwards: calls, jobs and ends for the judge of a trial."""

from datetime import UTC, datetime, timedelta
from typing import Any

from mockserver.client.views import BookingView, CallView, FindingView, JobView, StateView, as_finding
from mockserver.scenario.compile import load_scenario
from mockserver.trial.candidates import Candidate, make_candidate
from mockserver.trial.client_process import ClientEnd
from mockserver.trial.evidence import TrialEvidence
from tests.support.fake_world import VENDORS

BEGAN = datetime(2026, 8, 1, 12, tzinfo=UTC)
VIDEO = "G-1"


def candidate(text: str = "", vendor: str = "phaseo@2026-06-11") -> Candidate:
    """Build the candidate of a scenario; `text` follows its first lines."""
    source = f"scenario: tried\ncatches: a mistake\nvendor: {vendor}\n{text}"
    return make_candidate(load_scenario(source.encode(), VENDORS), VENDORS[vendor.partition("@")[0]])


def call(operation: str, status: int = 200, **facts: Any) -> CallView:
    """Build a call about the video; `at`: seconds after the beginning, `shown`: the status in its answer."""
    at = BEGAN + timedelta(seconds=facts.pop("at", 0))
    shown = facts.pop("shown", "")
    method = facts.pop("method", "GET" if operation in ("get", "list", "content") else "POST")
    given = {
        "request_id": "req_1",
        "at": at,
        "vendor": "phaseo",
        "operation": operation,
        "job": VIDEO,
        "method": method,
        "path": f"/v1/{operation}",
        "query": "",
        "headers": {},
        "body": "",
        "status": status,
        "answer": f'{{"status": "{shown}"}}' if shown else "{}",
        "note": "",
    }
    return CallView(**{**given, **facts})


def video(state: str, *, ahead: str = "", job_id: str = VIDEO, booked: tuple[str, ...] = ()) -> JobView:
    """Build a video in a state; `ahead`: the state that it will end in."""
    return JobView(
        id=job_id,
        vendor="phaseo",
        kind="video",
        state=state,
        terminal=not ahead,
        progress=None,
        created=BEGAN,
        deleted=False,
        states=(StateView(state, BEGAN, None, "time", "0s"),),
        ahead=(StateView(ahead, BEGAN + timedelta(seconds=30), None, "time", "30s"),) if ahead else (),
        ledger=tuple(BookingView(job_id, BEGAN, entry, 0.5, "usd") for entry in booked),
        items=None,
    )


def breach(rule: str) -> FindingView:
    """Build a finding about the client."""
    facts = dict.fromkeys(("request", "call", "job", "allowed"))
    shown = {
        "vendor": "phaseo@2026-06-11",
        "rule": rule,
        "level": "info",
        "message": "a rule",
        "story": [],
        "also": [],
        "text": "",
    }
    return as_finding({**shown, **facts})


def evidence(*calls: CallView, exit_code: int | None = 0, **facts: Any) -> TrialEvidence:
    """Build the evidence of a run; `stdout`, `stderr`, `jobs`, `conduct`, `tried`."""
    return TrialEvidence(
        candidate=facts.get("tried") or candidate(),
        end=ClientEnd(exit_code, facts.get("stdout", ""), facts.get("stderr", "")),
        calls=calls,
        call_count=len(calls),
        jobs=facts.get("jobs", (video("completed"),)),
        conduct=facts.get("conduct", ()),
    )
