"""`mockserver check` of many recordings: folders, jobs, and workers that end in all the ways in which they can."""

import gzip
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from mockserver.recordings import readable
from mockserver.recordings.recording import read_recording
from mockserver.runner.judge import answer_helpers, recording_checks
from mockserver.runner.judge.answer_helpers import AnswerHelpers
from mockserver.runner.judge.recording_check import CheckRequest
from mockserver.runner.judge.recording_checks import (
    BYTES_PER_JOB,
    check_recordings,
    worthwhile_helpers,
    worthwhile_jobs,
)
from mockserver.runner.judge.recording_pool import check_at_once
from tests.support.recorded_traffic import batch_exchanges, reopen_batch, write_recording

LOST_HELPER = "the system has ended a helper: the rest of the recording is judged without it"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Recordings of which one is broken off, one is empty and one has a finding, beside what is no recording."""
    place = tmp_path / "recorded"
    (place / "more" / ".git").mkdir(parents=True)
    write_recording(place / "b.jsonl", batch_exchanges(reopen_batch))
    write_recording(place / "more" / "a.jsonl", batch_exchanges())
    (place / "more" / "c.jsonl.gz").write_bytes(gzip.compress((place / "b.jsonl").read_bytes()))
    (place / "more" / "d.jsonl").write_bytes((place / "b.jsonl").read_bytes()[:-40])
    (place / "e.json").write_bytes(b"")
    (place / "notes.txt").write_text("no recording")
    (place / "more" / ".git" / "x.json").write_text("no recording")
    return Path("recorded")


def test_a_folder_stands_for_the_recordings_below_it(folder, mockserver):
    result = mockserver("check", folder, "recorded/b.jsonl")
    heads = [line.partition(":")[0] for line in result.out.splitlines() if line.startswith("recorded")]
    names = ["b.jsonl", "e.json", "more/a.jsonl", "more/c.jsonl.gz", "more/d.jsonl"]
    assert heads == [f"recorded/{name}" for name in names]


def test_a_folder_without_a_recording_is_refused(tmp_path, mockserver):
    (tmp_path / "empty").mkdir()
    result = mockserver("check", "empty")
    assert result.code == 2
    assert result.err.startswith("empty: REC011 there is no recording in this folder")


@pytest.mark.parametrize("options", [(), ("--json",), ("--vendor", "twelvelabs", "--html", "page.html")])
def test_several_jobs_report_the_same_as_one(folder, tmp_path, mockserver, options):
    # Standard input can be read in this process only.
    files = [folder, "recorded/missing.har"]
    one = mockserver("check", *files, "--jobs", "1", *options)
    pages = [path.read_bytes() for path in tmp_path.glob("*.html")]
    assert mockserver("check", *files, "--jobs", "3", *options) == one
    assert [path.read_bytes() for path in tmp_path.glob("*.html")] == pages
    assert one.code == 2


def test_the_jobs_that_are_worth_it_depend_on_the_work_and_the_cores():
    assert worthwhile_jobs([], 8) == 1
    assert worthwhile_jobs([1_000], 8) == 1
    assert worthwhile_jobs([30_000] * 1_000, 8) == 8
    assert worthwhile_jobs([BYTES_PER_JOB] * 2, 8) == 2


def test_one_recording_has_helpers_if_it_is_large_and_most_of_the_work():
    large = 3 * BYTES_PER_JOB
    assert worthwhile_helpers({"a": large}, 2) == {"a": 1}
    assert worthwhile_helpers({"a": large, "b": 1_000}, 8) == {"a": 2}
    assert worthwhile_helpers({"a": 10 * large}, 64) == {"a": 3}
    assert worthwhile_helpers({"a": large}, 1) == {}
    assert worthwhile_helpers({"a": large, "b": large}, 8) == {}
    assert worthwhile_helpers({"a": 1_000}, 8) == {}


class CountedAnswers(AnswerHelpers):
    """Helpers of which the findings are counted."""

    taken = 0

    def take(self, exchange):
        """Count what is not None."""
        found = super().take(exchange)
        self.taken += found is not None
        return found


@pytest.mark.parametrize(
    "request_", [CheckRequest(strict=True), CheckRequest(vendor="twelvelabs", era="2026-07-30")], ids=str
)
@pytest.mark.parametrize("helpers", [1, 2])
def test_helpers_change_no_result(folder, monkeypatch, request_, helpers):
    monkeypatch.setattr(answer_helpers, "BLOCK", 2)
    # As with a large recording: each pass reads it, and the judge has much time to come to a block.
    monkeypatch.setattr(readable, "MAX_KEPT_BYTES", 0)
    monkeypatch.setattr(answer_helpers, "_KEPT_BLOCKS", 100)
    write_recording(folder / "undeclared.jsonl", batch_exchanges(lambda number, body: body.update(undeclared=number)))
    for file in ("b.jsonl", "more/c.jsonl.gz", "more/d.jsonl", "undeclared.jsonl"):
        with CountedAnswers(helpers, f"recorded/{file}", request_) as ahead:
            result = request_.check(f"recorded/{file}", str, ahead)
        assert result == request_.check(f"recorded/{file}", str)
        assert ahead.taken >= 6, "what the schemas say of each answer, and in a pass for evidence more"
    assert not multiprocessing.active_children()


def test_helpers_cut_the_prefix_that_the_judge_cuts(folder, monkeypatch):
    monkeypatch.setattr(answer_helpers, "BLOCK", 2)
    undeclared = batch_exchanges(lambda number, body: body.update(undeclared=number))
    prefixed = [each._replace(request=each.request._replace(path=f"/gw{each.request.path}")) for each in undeclared]
    write_recording(folder / "gateway.jsonl", prefixed)
    request = CheckRequest(vendor="twelvelabs", era="2026-07-30", strict=True, path_prefix="/gw")
    with AnswerHelpers(1, "recorded/gateway.jsonl", request) as ahead:
        result = request.check("recorded/gateway.jsonl", str, ahead)
    assert result == request.check("recorded/gateway.jsonl", str)
    assert result.report.findings


def test_a_pass_has_nothing_of_the_one_before(folder, monkeypatch):
    monkeypatch.setattr(answer_helpers, "BLOCK", 1)
    file = "recorded/b.jsonl"
    with AnswerHelpers(1, file, CheckRequest()) as ahead:
        ahead.begin(None)  # the evidence is sent, and nobody takes it
        ahead.begin({"twelvelabs": "2026-07-30"})
        found = []
        for exchange in read_recording(file):
            ahead.follow(exchange)
            found.append(ahead.take(exchange))
    assert found
    assert all(isinstance(each, list) for each in found), "findings"


def test_a_helper_that_ends_within_a_pass_leaves_the_rest_to_the_judge(folder, monkeypatch):
    monkeypatch.setattr(answer_helpers, "BLOCK", 1)
    told = []
    with AnswerHelpers(1, "recorded/b.jsonl", CheckRequest(), on_lost=told.append) as ahead:
        (helper,) = multiprocessing.active_children()
        helper.kill()
        ahead.begin({"twelvelabs": "2026-07-30"})
        helper.join()
        for exchange in read_recording("recorded/b.jsonl"):
            ahead.follow(exchange)
            assert ahead.take(exchange) is None
    assert told == [LOST_HELPER]


@pytest.mark.parametrize("is_begun", [True, False], ids=["within a pass", "between two"])
def test_helpers_that_the_system_ends_are_reported_once(folder, monkeypatch, is_begun):
    monkeypatch.setattr(answer_helpers, "BLOCK", 1)
    told = []
    with AnswerHelpers(2, "recorded/b.jsonl", CheckRequest(), on_lost=told.append) as ahead:
        if is_begun:
            ahead.begin({"twelvelabs": "2026-07-30"})
        for helper in multiprocessing.active_children():
            helper.kill()
            helper.join()
        for _ in range(2):
            ahead.begin({"twelvelabs": "2026-07-30"})
            for exchange in read_recording("recorded/b.jsonl"):
                ahead.follow(exchange)
    assert told == [LOST_HELPER]


def test_a_helper_that_gives_up_by_itself_is_not_reported(folder):
    told = []
    with AnswerHelpers(1, "recorded/missing.har", CheckRequest(), on_lost=told.append) as ahead:
        ahead.begin(None)
        for exchange in read_recording("recorded/b.jsonl"):
            ahead.follow(exchange)
        assert told == []


class WithoutHelpers(CheckRequest):
    """A request whose helpers are ended when the judge begins."""

    def check(self, *arguments):
        """Judge a recording."""
        for helper in multiprocessing.active_children():
            helper.kill()
            helper.join()
        return super().check(*arguments)


def test_a_lost_helper_is_reported_and_costs_no_result(folder, monkeypatch):
    monkeypatch.setattr(recording_checks, "BYTES_PER_JOB", 1_000)
    told = []
    (result,) = check_recordings(["recorded/b.jsonl"], WithoutHelpers(), str, 3, told.append)
    assert result == CheckRequest().check("recorded/b.jsonl", str)
    assert told == [LOST_HELPER]


def test_a_helper_needs_nothing_of_its_parent_and_may_be_ended(folder):
    alone = CheckRequest().check("recorded/b.jsonl", str)
    for is_ended in (False, True):
        with CountedAnswers(1, "recorded/b.jsonl", CheckRequest(), multiprocessing.get_context("spawn")) as ahead:
            if is_ended:
                multiprocessing.active_children()[0].kill()
                multiprocessing.active_children()[0].join()
            assert CheckRequest().check("recorded/b.jsonl", str, ahead) == alone
        assert bool(ahead.taken) is not is_ended


def test_a_large_recording_beside_small_ones_reports_the_same(folder, mockserver, monkeypatch):
    monkeypatch.setattr(recording_checks, "BYTES_PER_JOB", 1_000)
    Path("recorded/b.jsonl").write_bytes(b"\n" * 20_000 + Path("recorded/b.jsonl").read_bytes())
    assert mockserver("check", folder, "--jobs", "3") == mockserver("check", folder, "--jobs", "1")


class DoomedRequest(NamedTuple):
    """A request of which one file ends the worker, or raises in it."""

    file: str
    parent: int
    error: BaseException | None = None

    def check(self, file, progress):
        """Judge a recording, but for the doomed file in a worker."""
        if file == self.file and os.getpid() != self.parent:
            if self.error is None:
                os.kill(os.getpid(), signal.SIGKILL)
            raise self.error
        return CheckRequest().check(file, progress)


def test_a_worker_that_the_system_ends_costs_no_recording(folder):
    files = ["recorded/b.jsonl", "recorded/more/a.jsonl", "recorded/more/d.jsonl"]
    told = []
    doomed = DoomedRequest(file=files[0], parent=os.getpid())
    results = check_recordings(files, doomed, str, 2, told.append)
    assert results == check_recordings(files, CheckRequest(), str, 1)
    assert len(told) == 1
    assert told[0].startswith("the system has ended a worker: ")


@pytest.mark.parametrize("error", [MemoryError("too large"), KeyboardInterrupt()], ids=["memory", "interrupt"])
def test_what_a_worker_raises_is_raised_as_by_one_job(folder, error):
    files = ["recorded/b.jsonl", "recorded/more/a.jsonl"]
    with pytest.raises(type(error)):
        check_recordings(files, DoomedRequest(file=files[0], parent=os.getpid(), error=error), str, 2)


def test_workers_need_nothing_of_their_parent(folder):
    files = {"recorded/b.jsonl": 1, "recorded/more/a.jsonl": 2}
    results = check_at_once(files, CheckRequest(), str, workers=2, on_worker_lost=str, start_method="spawn")
    assert [results[file] for file in files] == check_recordings(list(files), CheckRequest(), str, 1)


def test_one_small_recording_imports_no_machinery_of_processes(folder):
    script = (
        "import sys; from mockserver.cli.app import run; run(['check', 'recorded/more/a.jsonl']);"
        "assert 'multiprocessing' not in sys.modules, 'imported'"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
