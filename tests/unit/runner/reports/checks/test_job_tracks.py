"""The courses of jobs: which calls are drawn, where, and which of them prove a finding."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.wire import Exchange, Request, Response, SourcePosition
from mockserver.errors import refuse
from mockserver.recordings.recording import read_recording
from mockserver.runner.judge.recording_check import CheckRequest
from mockserver.runner.reports.checks import job_tracks as job_tracks_module
from mockserver.runner.reports.checks.call_bodies import MAX_BODY, CallBodies, body_text
from mockserver.runner.reports.checks.html_report import html_report
from mockserver.runner.reports.checks.html_timeline import render_job
from mockserver.runner.reports.checks.job_tracks import (
    CallMark,
    JobTrack,
    RecordingJobs,
    StateBand,
    parse_story_line,
    recording_jobs,
)
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.checks.report_builder import build_report
from mockserver.runner.reports.checks.results import CheckReport
from tests.support.recorded_traffic import (
    DEFAULT_TERMS,
    HOST,
    PIN,
    batch_exchanges,
    check_results,
    make_finding,
    make_judgement,
    make_results,
    reopen_batch,
    write_recording,
)

READ = "GET /v1.3/analyze/batches/b1"


def mark(sent: int, word: str | None = "processing", status: int | None = 200, **fields) -> CallMark:
    return CallMark(
        **{
            "sent": sent * SECOND,
            "answered": sent * SECOND,
            "call": READ,
            "status": status,
            "status_word": word,
            "may_change_job": False,
            **fields,
        }
    )


def make_track(*marks: CallMark) -> JobTrack:
    vendor, era = PIN
    made = JobTrack(
        file="calls.jsonl",
        vendor=vendor,
        era=era,
        kind="batch",
        job_id="b1",
        terminal_words=frozenset({"completed", "canceled", "expired"}),
    )
    for each in marks:
        made.add(each)
    return made


def tracks_of(found: CheckReport) -> list[JobTrack]:
    return [track for each in jobs_of(found) for track in each.tracks]


def jobs_of(found: CheckReport) -> list[RecordingJobs]:
    return list(recording_jobs(found, lambda _: None))


def test_the_course_of_a_recorded_job(tmp_path):
    found = check_results(write_recording(tmp_path / "calls.jsonl", batch_exchanges(reopen_batch)))
    (track,) = tracks_of(found)
    assert [band.status_word for band in track.bands()] == [
        "pending",
        "processing",
        "canceling",
        "canceled",
        "processing",
    ]
    assert [each.may_change_job for each in track.marks] == [True, False, True, False, False, False, False]
    assert [number for number, each in enumerate(track.marks) if each.proves_finding] == [4, 5]
    assert [group.finding.rule for group in track.groups] == ["T12b", "C2"]
    assert track.groups[0].finding.resource == track.name


def test_a_host_decides_the_vendor_and_a_foreign_call_has_no_job(tmp_path):
    calls = [
        each._replace(request=each.request._replace(headers={"host": "localhost:4810"})) for each in batch_exchanges()
    ]
    strange = Exchange(Request("GET", "/nothing", headers={"host": HOST}), Response(404), 0, 0, 99, 100)
    lost = calls[3]._replace(response=None, answered_at=None, sent_seq=101, answered_seq=102)
    (track,) = tracks_of(check_results(write_recording(tmp_path / "calls.jsonl", [*calls, strange, lost])))
    assert len(track.marks) == 8
    assert track.marks[-1].status is None
    assert track.marks[-1].answer == "no answer"


def test_the_calls_of_another_service_with_the_same_path_have_no_job(tmp_path):
    calls = batch_exchanges()
    foreign = []
    for one in calls:
        request = one.request._replace(headers={**one.request.headers, "host": "api.example.com"})
        foreign.append(one._replace(request=request, response=one.response and _other_id(one.response)))
    both = [*calls, *foreign]
    checked = CheckRequest().check(str(write_recording(tmp_path / "calls.jsonl", both)), lambda _: None)
    assert checked.report.foreign_calls == {"api.example.com": len(foreign)}
    (jobs,) = jobs_of(build_report((checked,), DEFAULT_TERMS))
    assert len([*jobs.tracks, *jobs.listed]) == 1


def _other_id(response: Response) -> Response:
    return response._replace(body=re.sub(rb'"batch_id": "\w{4}', b'"batch_id": "ffff', response.body))


def test_jobs_with_findings_come_first_and_only_so_many(tmp_path, monkeypatch):
    path = tmp_path / "calls.jsonl"
    other = [_renamed(each) for each in batch_exchanges()]
    write_recording(
        path,
        [
            *other,
            *(
                each._replace(sent_seq=50 + n, answered_seq=50 + n)
                for n, each in enumerate(batch_exchanges(reopen_batch))
            ),
        ],
    )
    found = check_results(path)
    assert [bool(each.groups) for each in tracks_of(found)] == [True, True]
    assert [group.is_failing for each in tracks_of(found) for group in each.groups][:2] == [True, False]
    monkeypatch.setattr(job_tracks_module, "MAX_JOBS", 1)
    (track,) = tracks_of(found)
    assert track.groups[0].finding.rule == "T12b"


def _renamed(exchange: Exchange) -> Exchange:
    response = exchange.response
    assert response is not None
    path = exchange.request.path.replace("6abe4b40", "7abe4b40")
    request = exchange.request._replace(path=path)
    return exchange._replace(
        request=request, response=response._replace(body=response.body.replace(b"6abe4b40", b"7abe4b40"))
    )


def renamed_calls(calls: list[Exchange], count: int) -> list[Exchange]:
    """Return the calls again for as many other jobs, in an order without gaps."""
    copies: list[Exchange] = []
    for number in range(count):
        for each in calls:
            response = each.response
            assert response is not None
            new_id = f"{number:08x}"
            path = each.request.path.replace("6abe4b40", new_id)
            body = response.body.replace(b"6abe4b40", new_id.encode())
            seq = 2 * len(copies) + 1
            copies.append(
                each._replace(
                    request=each.request._replace(path=path),
                    response=response._replace(body=body),
                    sent_seq=seq,
                    answered_seq=seq + 1,
                )
            )
    return copies


def test_jobs_that_are_not_drawn_are_listed_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(job_tracks_module, "MAX_JOBS", 2)
    path = write_recording(tmp_path / "calls.jsonl", renamed_calls(batch_exchanges(), 5))
    found = check_results(path)
    (jobs,) = jobs_of(found)
    assert len(jobs.tracks) == 2
    assert [len(track.marks) for track in jobs.tracks] == [7, 7]
    assert [job.call_count for job in jobs.listed] == [7, 7, 7]
    assert jobs.listed[0].status_words == ["pending", "processing", "canceling", "canceled"]
    assert not jobs.has_more
    page = html_report(found).decode()
    assert "2 of 5 are drawn: those with findings, then those with several calls" in page
    assert "<summary>3 jobs without a timeline</summary>" in page
    assert "<td>pending, processing, canceling, canceled</td>" in page


def test_jobs_beyond_the_list_are_mentioned(tmp_path, monkeypatch):
    monkeypatch.setattr(job_tracks_module, "MAX_JOBS", 1)
    monkeypatch.setattr(job_tracks_module, "MAX_LISTED_JOBS", 2)
    found = check_results(write_recording(tmp_path / "calls.jsonl", renamed_calls(batch_exchanges(), 5)))
    (jobs,) = jobs_of(found)
    assert len(jobs.tracks) == 1
    assert len(jobs.listed) == 2
    assert jobs.has_more
    page = html_report(found).decode()
    assert "1 of more than 3 are drawn" in page
    assert "Further jobs are not listed." in page


def test_a_job_of_one_call_is_listed_without_a_timeline(tmp_path):
    found = check_results(write_recording(tmp_path / "calls.jsonl", renamed_calls(batch_exchanges()[3:4], 3)))
    (jobs,) = jobs_of(found)
    assert jobs.tracks == ()
    assert [(job.call_count, job.status_words) for job in jobs.listed] == [(1, ["canceled"])] * 3
    assert "<article class=job>" not in html_report(found).decode()


def test_the_items_of_a_batch_are_one_row(tmp_path):
    results = [{"task_id": f"t{number}", "custom_id": f"c{number}", "status": word} for number, word in
               enumerate(("ready", "failed", "ready"))]  # fmt: skip
    lines = "\n".join(map(json.dumps, results)).encode()
    (poll,) = batch_exchanges()[-1:]
    request = poll.request._replace(path=f"{poll.request.path}/results")
    answer = Response(200, (("Content-Type", "application/x-ndjson"),), lines)
    read = poll._replace(request=request, response=answer)
    found = check_results(write_recording(tmp_path / "calls.jsonl", [read]))
    (jobs,) = jobs_of(found)
    batch = poll.request.path.rpartition("/")[2]
    assert [(job.job_id, job.batch) for job in jobs.listed][1:] == [(f"t{each}", f"batch {batch}") for each in range(3)]
    page = html_report(found).decode()
    assert f"<summary>3 tasks of batch {batch}</summary>" in page
    assert "<td class=n>3</td><td>ready, failed</td>" in page


# Bodies


def test_the_page_opens_the_bodies_of_calls_and_findings_without_secrets(tmp_path):
    def mutate(number: int, body: dict[str, object]) -> None:
        reopen_batch(number, body)
        body["note"] = f"<script>{number}"
        body["api_key"] = "sk_live_0123456789abcdef"

    page = html_report(check_results(write_recording(tmp_path / "calls.jsonl", batch_exchanges(mutate)))).decode()
    findings, _, jobs = page.partition("<h2 id=jobs>")
    assert "<details class=bodies>" in findings
    assert "<details class=calls><summary>7 calls with bodies</summary>" in jobs
    assert "&quot;note&quot;: &quot;&lt;script&gt;3&quot;,\n" in jobs
    assert "sk_live_0123456789abcdef" not in page
    assert "<script" not in page


def test_equal_bodies_are_shown_once_and_a_page_stays_small():
    bodies = CallBodies("", "x" * 30_000)
    track = make_track(
        mark(1, bodies=bodies),
        mark(2, bodies=CallBodies("", "x" * 30_000)),
        mark(3, bodies=CallBodies("", "y" * 29_000)),
        mark(4, bodies=CallBodies("", "z" * 29_000)),
        mark(5),
    )
    page = render_job(track, measured=True)
    assert track.marks[1].bodies is bodies
    assert page.count("x" * 30_000) == 1
    assert page.count("bodies as before") == 1
    assert page.count("bodies left out: the page would be too large") == 1
    assert page.count("<details class=bodies>") == 2


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", ""),
        (b'{"a":1,"b":[true]}', '{\n  "a": 1,\n  "b": [\n    true\n  ]\n}'),
        (b'{"a": 1}', '{\n  "a": 1\n}'),
        (b'{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        (b'{"a": 1.10}', '{"a": 1.10}'),
        (b'{"a": 1', '{"a": 1'),
        (b"\xff\x00", "(2 bytes, no text)"),
    ],
)
def test_a_body_is_indented_only_if_that_changes_nothing_else(body, text):
    assert body_text(body) == text


@pytest.mark.parametrize("body", [b"[" * 3_000, b"x" * 200_000])
def test_a_long_body_is_cut(body):
    text = body_text(body)
    assert len(text) == MAX_BODY
    assert text.endswith(f"\n... ({len(body):,} characters in all)")


def test_what_cannot_be_read_has_no_courses():
    assert tracks_of(build_report((CheckedRecording("nothing.har"),), make_results().policy)) == []
    assert tracks_of(make_results(make_judgement(), file="nothing.har")) == []


def cut_off(path: Path) -> Iterator[Exchange]:
    yield from islice(read_recording(path), 3)
    raise refuse("REC004", "it was cut off")


def test_what_comes_after_a_broken_place_is_not_drawn(tmp_path):
    path = write_recording(tmp_path / "calls.jsonl", batch_exchanges())
    (checked,) = check_results(path).recordings
    (track,) = tracks_of(build_report((replace(checked, exchanges=cut_off(path)),), make_results().policy))
    assert len(track.marks) == 3


def test_progress_is_reported(tmp_path):
    output: list[str] = []
    list(recording_jobs(check_results(write_recording(tmp_path / "calls.jsonl", batch_exchanges())), output.append))
    assert output == [f"{tmp_path / 'calls.jsonl'}: draws 0 of 7 calls"]


# Folding


def test_of_many_equal_reads_the_first_and_the_last_are_kept():
    track = make_track(*(mark(n) for n in range(150)), mark(150, "completed"))
    assert len(track.marks) == 101
    assert [each.repeat_count for each in track.marks[-3:]] == [1, 51, 1]
    assert track.marks[-2].sent == 149 * SECOND
    assert track.bands() == [
        StateBand("processing", 0, 149 * SECOND),
        StateBand("completed", 150 * SECOND, 150 * SECOND),
    ]


def test_calls_beyond_the_most_are_counted():
    track = make_track(*(mark(n, f"s{n % 2}") for n in range(305)))
    assert len(track.marks) == 300
    assert track.omitted_count == 5
    assert "305 calls, 5 of them not drawn, from 1970-" in render_job(track, True)


def test_a_state_is_seen_when_it_is_answered_and_never_before_the_last_one():
    track = make_track(
        mark(0, answered=5 * SECOND),
        mark(1, "completed", answered=2 * SECOND),
        mark(9, ""),
        mark(3, "completed", answered=None),
    )
    assert track.bands() == [
        StateBand("processing", 5 * SECOND, 5 * SECOND),
        StateBand("completed", 5 * SECOND, 5 * SECOND),
    ]


# Stories


def test_a_line_of_a_story_taken_apart():
    assert parse_story_line("2. +5.12s (answered +5.24s)  GET /a -> 200 done") == (
        "+5.12s",
        "answered +5.24s",
        "GET /a",
        "200 done",
    )
    assert parse_story_line("1. now  GET /a -> no answer") == ("now", "", "GET /a", "no answer")
    assert parse_story_line("nothing") == ("", "", "", "")


def _proving(track: JobTrack, **fields) -> list[int]:
    track.groups = list(make_results(make_judgement(make_finding(**{"call": f"{READ} -> 200", **fields}))).groups)
    track.mark_evidence()
    return [number for number, each in enumerate(track.marks) if each.proves_finding]


def _at(line: int, **fields) -> CallMark:
    return replace(mark(line, **fields), spot=SourcePosition(line, 1))


def test_the_call_of_a_finding_without_a_story_is_marked():
    assert _proving(make_track(_at(1), _at(2), _at(3)), spot=SourcePosition(2, 1)) == [1]
    assert _proving(make_track(_at(1)), spot=SourcePosition(1, 1), resource="batch b2") == []


def test_the_calls_of_a_story_are_marked():
    track = make_track(_at(1), _at(2), _at(9, word="completed"))
    assert _proving(track, spot=SourcePosition(9, 1), story_spots=(SourcePosition(1, 1), SourcePosition(9, 1))) == [
        0,
        2,
    ]


def test_what_is_proved_by_another_finding_stays_marked():
    track = make_track(_at(1), _at(2))
    track.groups = list(
        make_results(
            make_judgement(*(make_finding(rule, spot=SourcePosition(n, 1)) for n, rule in enumerate(("T3", "T4"), 1)))
        ).groups
    )
    track.mark_evidence()
    assert [each.proves_finding for each in track.marks] == [True, True]


def test_every_job_of_a_group_has_its_evidence():
    track = make_track(_at(1), _at(2), _at(3))
    other = make_finding(resource="batch b2", spot=SourcePosition(1, 1))
    own = [make_finding(spot=SourcePosition(number, 1)) for number in (2, 3)]
    (group,) = make_results(make_judgement(other, *own)).groups
    track.groups = [group]
    track.mark_evidence()
    assert [each.proves_finding for each in track.marks] == [False, True, True]


def test_what_the_client_did_proves_no_finding():
    track = make_track(_at(1))
    track.groups = list(
        make_results(make_judgement(conduct=(make_finding("C2", "info", spot=SourcePosition(1, 1)),))).groups
    )
    track.mark_evidence()
    assert not track.marks[0].proves_finding


def test_places_that_are_not_known_mark_nothing():
    assert _proving(make_track(mark(0))) == []


# Drawing


def test_a_long_silence_is_drawn_shorter():
    track = make_track(mark(0), mark(2), mark(4), mark(6), mark(28_800), mark(28_801, "completed"))
    output = render_job(track, True)
    assert "title='a pause of 7h59m54s, drawn shorter'" in output
    assert "class=break" not in render_job(track, False)


def test_calls_whose_times_are_not_known_are_drawn_in_their_order():
    track = make_track(mark(0), mark(1), mark(100, "completed"))
    output = render_job(track, False)
    assert "3 calls, in order: times are not known" in output
    assert "class=tick" not in output
    places = re.findall(r"class='mark [^>]*style='left:([\d.]+)%'", output)
    assert places == ["0.00", "50.00", "100.00"]


def test_how_calls_look():
    track = make_track(
        mark(0, "", 201, may_change_job=True),
        mark(1),
        mark(2, "", 404),
        mark(3, "", 500),
        mark(4, None, None),
        mark(5, "", 302),
        mark(6, "", 101),
    )
    track.marks[1].repeat_count = 3
    track.marks[2].proves_finding = True
    output = render_job(track, True)
    assert re.findall(r"class='mark ([^']*)'", output) == ["ok2 act", "ok2", "ok4 proof", "ok5", "none", "ok3", "ok5"]
    assert "-&gt; 200 processing, the last of 3 equal calls'" in output
    assert "proves a finding" in output


def test_a_word_is_written_where_there_is_room():
    output = render_job(make_track(mark(0), mark(50), mark(99, "completed")), True)
    assert ">processing</span>" in output
    assert re.search(r"s-good bare sight' title='completed'[^>]*></span>", output)


def test_the_page_has_the_jobs(tmp_path):
    output = html_report(
        check_results(write_recording(tmp_path / "calls.jsonl", batch_exchanges(reopen_batch)))
    ).decode()
    assert output.count("<article class=job>") == 1
    assert "<span class=number" in output
