"""Judging a recording: what is known of it, what is wrong with it, and the command that does it again."""

import re

from mockserver.errors import refuse
from mockserver.recordings import readable
from mockserver.recordings.detect import Dialect
from mockserver.recordings.recording import Recording, write_journal
from mockserver.recordings.source import RecordingSource
from mockserver.runner.judge import recording_check
from mockserver.runner.judge.recording_check import CheckRequest
from mockserver.runner.reports.checks.github import annotations, step_summary
from mockserver.runner.reports.checks.html_report import html_report
from mockserver.runner.reports.checks.json_report import render_json
from mockserver.runner.reports.checks.junit import junit_report
from mockserver.runner.reports.checks.report_builder import build_report
from mockserver.runner.reports.checks.sarif import sarif_log
from mockserver.runner.reports.checks.text import text_report
from tests.support.recorded_traffic import DEFAULT_TERMS, PIN, batch_exchanges, reopen_batch, write_recording
from tests.support.verbatim_redactor import VerbatimRedactor


def quiet(_: str) -> None:
    """Progress that is not shown."""


PINNED = CheckRequest(*PIN)


def test_a_journal_is_judged(tmp_path):
    checked = PINNED.check(str(write_recording(tmp_path / "calls.jsonl", batch_exchanges(reopen_batch))), quiet)
    assert checked.kind == "journal"
    assert checked.has_measured_times
    assert checked.problems == ()
    assert checked.judged_count == 7
    assert checked.report.findings[0].rule == "T12b"


def test_the_vendor_is_found(tmp_path):
    checked = CheckRequest().check(str(write_recording(tmp_path / "calls.jsonl", batch_exchanges())), quiet)
    (judgement,) = checked.report.judgements
    assert judgement.vendor == "twelvelabs"
    assert not [each for each in judgement.findings if each.level == "error"]


def test_a_file_that_is_no_recording_has_a_problem(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("hello")
    checked = CheckRequest().check(str(path), quiet)
    assert checked.kind is None
    assert [each.code for each in checked.problems] == ["REC002"]
    assert checked.report.exchanges == 0


class Broken(Recording):
    """A recording that cannot be read to its end."""

    def __iter__(self):
        yield from super().__iter__()
        raise refuse("REC004", "it was cut off")


def test_what_comes_before_a_broken_place_is_judged(tmp_path, monkeypatch):
    path = write_recording(tmp_path / "calls.jsonl", batch_exchanges(reopen_batch))
    monkeypatch.setattr(
        recording_check, "read_recording", lambda file, path_prefix: Broken(RecordingSource(file), Dialect("journal"))
    )
    checked = PINNED.check(str(path), quiet)
    assert [each.code for each in checked.problems] == ["REC004"]
    assert checked.judged_count == 7
    assert checked.report.findings


def test_what_is_left_out_is_counted_and_a_problem(tmp_path):
    path = write_recording(tmp_path / "calls.jsonl", batch_exchanges())
    with path.open("a") as file:
        file.write("nonsense\n{}\n")
    checked = PINNED.check(str(path), quiet)
    assert checked.skipped == {"line that is no JSON": 1, "line that is no exchange": 1}
    assert [each.code for each in checked.problems] == ["REC012", "REC012"]
    assert build_report((checked,), DEFAULT_TERMS).exit_code == 2


def test_the_command_that_does_it_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_recording(tmp_path / "my calls.jsonl", batch_exchanges())
    again = "mockserver check 'my calls.jsonl'"
    assert CheckRequest().check("my calls.jsonl", quiet).rerun == again
    strict = CheckRequest("twelvelabs", strict=True)
    assert strict.check("my calls.jsonl", quiet).rerun == f"{again} --vendor twelvelabs --strict"
    assert PINNED.check("my calls.jsonl", quiet).rerun == f"{again} --vendor twelvelabs@2026-07-30"


def test_progress_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(readable, "PROGRESS_EVERY", 3)
    monkeypatch.chdir(tmp_path)
    messages: list[str] = []
    PINNED.check(str(write_recording(tmp_path / "calls.jsonl", batch_exchanges())), messages.append)
    assert messages == ["calls.jsonl: 0 calls"] * 2 + ["calls.jsonl: 3 calls", "calls.jsonl: 6 calls"]


TOKEN = "abcdef0123456789abcdef"


def telling(number, body):
    """The mistake: a status that is none, and quotes an address that is signed, and the key in use."""
    if number == 1:
        body["status"] = f"https://files.example/a?download_token={TOKEN}&download_sig={TOKEN} by test-key"


def test_no_report_shows_a_secret(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_journal(batch_exchanges(telling), "calls.jsonl", VerbatimRedactor())
    found = build_report((PINNED.check("calls.jsonl", quiet),), DEFAULT_TERMS)
    reports = {
        "text": text_report(found),
        "json": render_json(found),
        "junit": junit_report(found).decode(),
        "sarif": sarif_log(found).decode(),
        "page": html_report(found).decode(),
        "github": "\n".join((*annotations(found), step_summary(found))),
    }
    for name, report in reports.items():
        assert "download_token" in report.replace("&#95;", "_"), name
        assert TOKEN not in report, name
        assert "test-key" not in report, name


def test_the_fingerprint_is_the_same_as_that_of_what_was_found(tmp_path, monkeypatch):
    path = tmp_path / "calls.jsonl"
    write_journal(batch_exchanges(telling), path, VerbatimRedactor())
    messages_shown = build_report((PINNED.check(str(path), quiet),), DEFAULT_TERMS)
    monkeypatch.setattr(recording_check, "redact_report", lambda report, redactor: report)
    found = build_report((PINNED.check(str(path), quiet),), DEFAULT_TERMS)
    assert TOKEN in render_json(found)
    assert [group.fingerprint for group in messages_shown.groups] == [group.fingerprint for group in found.groups]


def test_a_job_with_a_secret_in_its_name_is_drawn_without_it(tmp_path):
    def named(number, body):
        body["batch_id"] = f"whsec_{TOKEN}"

    path = tmp_path / "calls.jsonl"
    renamed = [
        each._replace(
            request=each.request._replace(path=re.sub(r"(?<=batches/)\w+", f"whsec_{TOKEN}", each.request.path))
        )
        for each in batch_exchanges()
    ]
    write_journal(batch_exchanges(named)[:1] + renamed[1:], path, VerbatimRedactor())
    drawn = html_report(build_report((PINNED.check(str(path), quiet),), DEFAULT_TERMS)).decode()
    assert "<h2 id=jobs>" in drawn
    assert "batch [redacted:secret-1]" in drawn
    assert TOKEN not in drawn


GO_VCR = """---
version: 2
interactions:
    - request: {method: GET, url: "https://api.phaseo.app/v1/videos", headers: {Authorization: [Bearer REDACTED]}}
      response:
        body: '{}'
        headers: {Content-Type: [application/json]}
        status: 200 OK
        code: 200
        duration: 2s
"""


def test_a_recording_of_another_recorder_is_named(tmp_path):
    path = tmp_path / "calls.yaml"
    path.write_text(GO_VCR)
    checked = CheckRequest().check(str(path), quiet)
    assert checked.kind == "cassette"
    assert checked.recorder == "go-vcr"
    assert "cassette (go-vcr), 1 call" in text_report(build_report((checked,), DEFAULT_TERMS))
