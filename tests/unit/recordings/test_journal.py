"""Journals: what is written is what is read, to the byte; lines stand for themselves."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.wire import Exchange, Request, Response, SourcePosition
from mockserver.errors import MockError
from mockserver.recordings import journal
from mockserver.recordings.recording import read_recording, write_journal
from tests.support.har_files import START, exchanges, read_bytes, read_damaged, read_problem, without_positions
from tests.support.verbatim_redactor import VerbatimRedactor

LOST = Exchange(Request("POST", "/v1/x"), None, START, None, 1, 0)
FOUND = Exchange(Request("GET", "/v1/x", "a=b"), Response(200, (("A", "1"),), b"\xff"), START, START + 5, 2, 3)


def written(*given_):
    target = io.BytesIO()
    assert write_journal(given_, target, VerbatimRedactor()) == len(given_)
    return target.getvalue()


@given(st.lists(exchanges, max_size=5))
def test_what_is_read_is_what_was_written(given_):
    recording, found = read_bytes(written(*given_), "journal")
    assert without_positions(found) == sorted(given_, key=lambda each: each.sent_seq)
    assert recording.read_count == len(given_)
    assert dict(recording.skipped) == {}
    assert dict(recording.incomplete) == {}
    assert recording.unanswered_count == sum(each.response is None for each in given_)


@given(exchanges)
def test_one_exchange_is_one_line_of_plain_json(exchange):
    line = journal.encode_line(exchange)
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert json.loads(line)["v"] == journal.VERSION


def test_a_header_that_is_no_utf_8_survives():
    odd = FOUND._replace(request=Request("GET", "/", "", {"a": "\udcff", "b": "\ud83d"}))
    assert without_positions(read_bytes(written(odd))[1]) == [odd]


@pytest.mark.parametrize(
    ("prefix", "path"), [("", "/v1/x"), ("/v1", "/x"), ("/v1/x", "/v1/x"), ("/v", "/v1/x"), ("/v2", "/v1/x")]
)
def test_a_prefix_is_cut_off_the_paths_that_begin_with_it(prefix, path):
    (found,) = read_recording(io.BytesIO(written(FOUND)), path_prefix=prefix)
    assert found.request == FOUND.request._replace(path=path)


def test_the_line_in_the_documentation():
    text = " ".join(line.strip() for line in (journal.__doc__ or "").split("\n\n")[1].splitlines())
    _, (found,) = read_bytes(text.encode(), "journal")
    assert found.request == Request("GET", "/v1/videos/v1", "", {"host": "api.example"}, b"")
    assert found.response == Response(200, (("Content-Type", "application/json"),), b"{}")
    assert found.sent_at == START
    assert found.answered_at == START + 120_000
    assert found.sent_seq == 1
    assert found.answered_seq == 2


def test_a_journal_on_disk_can_be_written_over_and_read_again(tmp_path):
    place = tmp_path / "calls.jsonl"
    write_journal([LOST, LOST], place, VerbatimRedactor())
    write_journal([LOST, FOUND], str(place), VerbatimRedactor())
    recording = read_recording(str(place))
    assert list(recording) == list(recording)
    assert without_positions(recording) == [LOST, FOUND]


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(MockError, match="REC001"):
        write_journal([LOST], tmp_path)


def test_header_names_are_read_in_lower_case_whoever_wrote_them():
    line = changed(request={"method": "GET", "path": "/", "query": "", "headers": {"X-API-Key": "K"}, "body": ""})
    _, (found,) = read_bytes(line.encode(), "journal")
    assert found.request.headers == {"x-api-key": "K"}


def test_blank_lines_and_windows_lines_are_read():
    data = b"\n" + written(LOST).replace(b"\n", b"\r\n\r\n") + written(FOUND)
    recording, found = read_bytes(data)
    assert without_positions(found) == [LOST, FOUND]
    assert dict(recording.skipped) == {}


def test_the_last_line_needs_no_newline():
    assert without_positions(read_bytes(written(LOST, FOUND)[:-1])[1]) == [LOST, FOUND]


def test_a_journal_cut_at_any_byte_has_all_whole_lines():
    data = written(LOST, FOUND)
    first = len(written(LOST))
    for cut in range(len(data) - 1):
        recording, found, problems = read_damaged(data[:cut], "journal")
        assert without_positions(found) == ([LOST] if cut >= first - 1 else []), cut
        is_whole = cut in (0, first - 1, first)
        assert dict(recording.skipped) == ({} if is_whole else {"line cut off at the end of the file": 1})
        assert [each.code for each in problems] == ([] if is_whole else ["REC004"])


def changed(**values):
    return json.dumps({**json.loads(journal.encode_line(FOUND)), **values})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line that is no JSON"),
        ("[" * 5_000, "line that is no JSON"),
        ('{"v":1,"x":"\\ud83d"', "line that is no JSON"),
        ("5", "line that is no exchange"),
        ("{}", "line that is no exchange"),
        ('{"v":1}', "line that is no exchange"),
        ('{"v":"1"}', "line that is no exchange"),
        (changed(sent="2026-08-05"), "line that is no exchange"),
        (changed(sent=5), "line that is no exchange"),
        (changed(seq=[1]), "line that is no exchange"),
        (changed(seq=[1, True]), "line that is no exchange"),
        (changed(request=[]), "line that is no exchange"),
        (changed(request={"method": 5, "headers": {}}), "line that is no exchange"),
        (changed(response={"status": "200", "headers": [], "body": ""}), "line that is no exchange"),
        (changed(response={"status": 200, "headers": [["a"]], "body": ""}), "line that is no exchange"),
        (changed(response={"status": 200, "headers": [], "body": {"base64": "?"}}), "line that is no exchange"),
    ],
)
def test_a_broken_line_is_a_problem_and_the_others_are_read(line, reason):
    data = written(LOST) + line.encode() + b"\n" + written(FOUND)
    recording, found, (problem,) = read_damaged(data)
    assert without_positions(found) == [LOST, FOUND]
    assert dict(recording.skipped) == {reason: 1}
    assert str(problem.location) == "recording:2:1"
    assert problem.code == "REC012"
    assert problem.message == reason


def test_a_line_of_another_version_is_refused_with_its_place():
    problem = read_problem(written(LOST) + changed(v=2).encode())
    assert problem.code == "REC006"
    assert problem.location.line == 2
    assert problem.message == "the line has version 2 of the format; only version 1 can be read"


def test_a_line_that_is_too_long_is_counted_and_never_held(monkeypatch):
    monkeypatch.setattr(journal, "MAX_LINE_BYTES", 300)
    monkeypatch.setattr(journal, "_CHUNK", 64)
    data = written(LOST) + b'{"v":1,"x":"' + b"x" * 5_000 + b'"}\n' + written(FOUND)[:-1]
    recording, found, _ = read_damaged(data)
    assert without_positions(found) == [LOST, FOUND]
    assert dict(recording.skipped) == {"line over 64 MB": 1}
    recording, found, problems = read_damaged(written(LOST) + b"x" * 1_000)
    assert without_positions(found) == [LOST]
    assert dict(recording.skipped) == {"line over 64 MB": 1}
    assert [each.message for each in problems] == ["line over 64 MB"]


def test_each_exchange_has_its_line():
    data = b"\n" + written(LOST) + b"{}\r\n" + written(FOUND, FOUND)
    assert [each.position for each in read_damaged(data, "journal")[1]] == [
        SourcePosition(2, 1),
        SourcePosition(4, 1),
        SourcePosition(5, 1),
    ]
