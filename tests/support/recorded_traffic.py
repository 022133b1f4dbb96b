"""What the reports are tried on: a story recorded from the real fake, one answer changed, and results made by hand."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from mockserver.contract.eras.recording import RecordingReport
from mockserver.contract.findings import Finding
from mockserver.contract.judgement import Judgement, JudgementCounts, RuleVerdict, StateCoverage
from mockserver.core.instants import MILLISECOND, SECOND
from mockserver.core.wire import Exchange
from mockserver.recordings.recording import write_journal
from mockserver.runner.judge.recording_check import check_recording
from mockserver.runner.reports.checks.results import CheckedRecording, CheckPolicy, CheckReport, build_report
from tests.support.fake_world import fake_world, json_of

PIN = ("twelvelabs", "2026-07-30")
HOST = "api.twelvelabs.io"
DURATION = 120 * MILLISECOND
DEFAULT_TERMS = CheckPolicy()

Mutation = Callable[[int, dict[str, Any]], None]
"""Changes the body of the n-th answer (from 0)."""


def batch_exchanges(mutate: Mutation = lambda number, body: None) -> list[Exchange]:
    """A batch is created, read, cancelled, and read four times after its end."""
    session = fake_world(*PIN)
    told: list[Exchange] = []

    def do(name: str, job_id: str = "") -> str:
        answer = session.call_operation(name, job_id)
        body = json_of(answer)
        mutate(len(told), body)
        asked = list(session.session.journal)[-1].request
        request = replace(asked, headers={**asked.headers, "host": HOST})
        number = 2 * len(told) + 1
        changed = answer._replace(body=json.dumps(body).encode())
        told.append(Exchange(request, changed, session.now, session.now + DURATION, number, number + 1))
        session.advance(DURATION)
        return str(body["batch_id"])

    batch = do("create")
    session.advance(4 * SECOND)
    do("get", batch)
    do("cancel", batch)
    for _ in range(4):
        session.advance(5 * SECOND)
        do("get", batch)
    return told


def reopen_batch(number: int, body: dict[str, Any]) -> None:
    """The mistake: a batch that was canceled is processing again."""
    if number >= 5:
        body["status"] = "processing"


def write_recording(path: Path, exchanges: list[Exchange]) -> Path:
    """Write a journal."""
    write_journal(exchanges, path)
    return path


def check_results(path: Path, terms: CheckPolicy = DEFAULT_TERMS) -> CheckReport:
    """The results of checking one recording of the story's vendor."""
    return build_report((check_recording(str(path), *PIN, progress=lambda _: None),), terms)


# By hand


def make_finding(rule: str = "T3", level: Any = "error", **fields: Any) -> Finding:
    """A finding that needs no recording."""
    said = {
        "message": "the counters add up",
        "where": "/total_items",
        "source": "contracts/twelvelabs/rules.yaml:7 (a page)",
        "call": "GET /v1.3/analyze/batches/b1 -> 200",
        "operation": "retrieveBatch",
        "value": "99",
        "resource": "batch b1",
        **fields,
    }
    return Finding(rule, level, **said)


def make_judgement(*found: Finding, conduct: tuple[Finding, ...] = (), **fields: Any) -> Judgement:
    """A judgement with evidence, unless `fields` say otherwise."""
    said: dict[str, Any] = {
        "chosen": "pinned",
        "verdicts": (RuleVerdict("T4", "error", "batch b1", "ok"), RuleVerdict("L13", "info", "batch b1", "ok")),
        "counts": JudgementCounts(exchanges=3, judged=3, jobs=1, statuses={200: 3}),
        "coverage": (StateCoverage("batch", ("pending", "completed"), ("expired",)),),
        **fields,
    }
    return Judgement(*PIN, findings=found, conduct=conduct, **said)


def make_results(*judgements: Judgement, terms: CheckPolicy = DEFAULT_TERMS, **fields: Any) -> CheckReport:
    """Results of one recording of nine calls."""
    strangers = fields.pop("strangers", {})
    said: dict[str, Any] = {"kind": "journal", "rerun": "mockserver check calls.jsonl", "file": "calls.jsonl", **fields}
    return build_report((CheckedRecording(report=RecordingReport(judgements, 9, strangers), **said),), terms)
