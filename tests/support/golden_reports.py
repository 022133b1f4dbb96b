"""The reports of the reopened batch as files: `python -m tests.support.golden_reports` writes them again.

Counts of rules are masked, because rules are added and removed.
"""

import contextlib
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from mockserver.runner.reports.checks import github
from mockserver.runner.reports.checks.html_report import html_report
from mockserver.runner.reports.checks.junit import junit_report
from mockserver.runner.reports.checks.results import CheckReport
from mockserver.runner.reports.checks.text import text_report
from tests.support.paths import ROOT
from tests.support.recorded_traffic import batch_exchanges, check_results, reopen_batch, write_recording

FOLDER = ROOT / "tests" / "unit" / "runner" / "reports" / "checks" / "golden"
_OPEN = (
    (re.compile(r"\b\d+( ok\b)"), r"N\1"),
    (re.compile(r"<b>\d+(</b><span>rules kept)"), r"<b>N\1"),
    (re.compile(r"\d+(</td>| violated, \d+ inconclusive, )N ok"), r"N ok"),
    (re.compile(r"videojob-mockserver \d+\.\d+\.\d+"), "videojob-mockserver X"),
    (re.compile(r"<style>.*</style>", re.DOTALL), "<style>...</style>"),
)


def reports(results: CheckReport) -> Mapping[str, str]:
    """Render each report, by the name of its file."""
    rendered = {
        "report.txt": text_report(results) + "\n",
        "annotations.txt": "\n".join(github.annotations(results)) + "\n",
        "summary.md": github.step_summary(results),
        "junit.xml": _broken(junit_report(results)),
        "page.html": html_report(results).decode(),
    }
    return {name: _open(report) for name, report in rendered.items()}


def _open(report: str) -> str:
    for pattern, with_what in _OPEN:
        report = pattern.sub(with_what, report)
    return report


def _broken(xml: bytes) -> str:
    """Keep the test cases that have content."""
    root = ElementTree.fromstring(xml)
    cases = [case for case in root.iter("testcase") if len(case)]
    return "".join(ElementTree.tostring(case, encoding="unicode").rstrip() + "\n" for case in cases)


def render_all() -> Mapping[str, str]:
    """Render all reports of the recording of the reopened batch."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return reports(check_results(write_recording(Path("calls.jsonl"), batch_exchanges(reopen_batch))))


if __name__ == "__main__":
    for name, report in render_all().items():
        (FOLDER / name).write_text(report, encoding="utf-8")
