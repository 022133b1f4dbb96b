"""Input for reports: a recording of the fake in which one answer can be changed, and results built by hand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mockserver.contract.eras.recording import RecordingReport
from mockserver.contract.findings import Finding
from mockserver.contract.judgement import Judgement, JudgementCounts, RuleVerdict, StateCoverage
from mockserver.core.instants import MILLISECOND, SECOND
from mockserver.core.wire import Exchange
from mockserver.recordings.recording import write_journal
from mockserver.runner.judge.recording_check import CheckRequest
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.checks.report_builder import build_report
from mockserver.runner.reports.checks.results import CheckPolicy, CheckReport
from tests.support.fake_world import fake_world, json_of

PIN = ("twelvelabs", "2026-07-30")
HOST = "api.twelvelabs.io"
DURATION = 120 * MILLISECOND
DEFAULT_TERMS = CheckPolicy()

Mutation = Callable[[int, dict[str, Any]], None]
"""Change the body of the n-th answer (from 0)."""


def batch_exchanges(mutate: Mutation = lambda number, body: None) -> list[Exchange]:
    """Record a batch that is created, read, cancelled, and read four times after its end."""
    session = fake_world(*PIN)
    exchanges: list[Exchange] = []

    def do(name: str, job_id: str = "") -> str:
        answer = session.call_operation(name, job_id)
        body = json_of(answer)
        mutate(len(exchanges), body)
        sent = list(session.session.journal)[-1].request
        request = sent._replace(headers={**sent.headers, "host": HOST})
        number = 2 * len(exchanges) + 1
        changed = answer._replace(body=json.dumps(body).encode())
        exchanges.append(Exchange(request, changed, session.now, session.now + DURATION, number, number + 1))
        session.advance(DURATION)
        return str(body["batch_id"])

    batch = do("create")
    session.advance(4 * SECOND)
    do("get", batch)
    do("cancel", batch)
    for _ in range(4):
        session.advance(5 * SECOND)
        do("get", batch)
    return exchanges


def reopen_batch(number: int, body: dict[str, Any]) -> None:
    """Change answers so that a canceled batch is processing again."""
    if number >= 5:
        body["status"] = "processing"


def write_recording(path: Path, exchanges: list[Exchange]) -> Path:
    """Write a journal."""
    write_journal(exchanges, path)
    return path


def check_results(path: Path, terms: CheckPolicy = DEFAULT_TERMS) -> CheckReport:
    """Check one recording of the batch's vendor; return the report."""
    return build_report((CheckRequest(*PIN).check(str(path), lambda _: None),), terms)


# By hand


def make_finding(rule: str = "T3", level: Any = "error", **fields: Any) -> Finding:
    """Build a finding without a recording."""
    members = {
        "message": "the counters add up",
        "where": "/total_items",
        "source": "contracts/twelvelabs/rules.yaml:7 (a page)",
        "call": "GET /v1.3/analyze/batches/b1 -> 200",
        "operation": "retrieveBatch",
        "value": "99",
        "resource": "batch b1",
        **fields,
    }
    return Finding(rule, level, **members)


def make_judgement(*found: Finding, conduct: tuple[Finding, ...] = (), **fields: Any) -> Judgement:
    """Build a judgement with evidence; `fields` override its parts."""
    members: dict[str, Any] = {
        "chosen": "pinned",
        "verdicts": (RuleVerdict("T4", "error", "batch b1", "ok"), RuleVerdict("L13", "info", "batch b1", "ok")),
        "counts": JudgementCounts(exchanges=3, judged=3, jobs=1, statuses={200: 3}),
        "coverage": (StateCoverage("batch", ("pending", "completed"), ("expired",)),),
        **fields,
    }
    return Judgement(*PIN, findings=found, conduct=conduct, **members)


def make_results(*judgements: Judgement, terms: CheckPolicy = DEFAULT_TERMS, **fields: Any) -> CheckReport:
    """Build the results of one recording of nine calls."""
    strangers = fields.pop("strangers", {})
    members: dict[str, Any] = {
        "kind": "journal",
        "rerun": "mockserver check calls.jsonl",
        "file": "calls.jsonl",
        **fields,
    }
    return build_report((CheckedRecording(report=RecordingReport(judgements, 9, strangers, {}), **members),), terms)
