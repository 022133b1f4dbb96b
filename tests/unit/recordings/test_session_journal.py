"""What `mockserver journal --json` prints is a recording."""

import orjson
import pytest

from mockserver.core.instants import parse_instant
from mockserver.core.wire import MAX_BODY_EXCERPT, Request, Response
from mockserver.engine.journal import JournalEntry
from tests.support.har_files import read_bytes, read_damaged

AT = parse_instant("2026-08-05T10:00:30.000000Z")
REQUEST = Request("POST", "/v1/videos", "a=1", {"content-type": "application/json"}, b'{"prompt":"A"}')
RESPONSE = Response(200, (("Content-Type", "application/json"),), '{"id":"ü"}'.encode())


def entry(number, **changes):
    journaled = JournalEntry(number, f"req_{number}", AT, "phaseo", "create", "v1", REQUEST, RESPONSE)
    return journaled._replace(**changes).json()


def as_object(*entries):
    return orjson.dumps({"total": 1, "evicted": 0, "entries": entries, "stale": []})


def as_lines(*entries, end=b"\n"):
    return b"\n".join(map(orjson.dumps, entries)) + end


def read_object(*entries):
    recording, exchanges = read_bytes(as_object(*entries))
    return exchanges, recording


def read_lines(*entries):
    recording, exchanges = read_bytes(as_lines(*entries))
    return exchanges, recording


BOTH = pytest.mark.parametrize("read", [read_object, read_lines])


@BOTH
def test_an_entry_is_the_exchange_that_it_was(read):
    (first, second), recording = read(entry(1), entry(2))
    assert first.request == REQUEST
    assert first.response == RESPONSE
    assert first.sent_at == first.answered_at == AT
    assert first.sent_seq < first.answered_seq < second.sent_seq
    assert (recording.format, recording.recorder) == ("journal", "journal --json")
    assert recording.has_measured_times


def test_the_place_of_an_entry_is_its_pointer_or_its_line():
    (_, second), _ = read_object(entry(1), entry(2))
    assert second.position.pointer == "/entries/1"
    (_, second), _ = read_lines(entry(1), entry(2))
    assert (second.position.line, second.position.column) == (2, 1)


@BOTH
def test_an_answer_that_was_lost_or_that_is_not_whole_is_none(read):
    long = Response(200, (), b"x" * MAX_BODY_EXCERPT + b"y")
    (lost, cut), recording = read(entry(1, incomplete=True), entry(2, response=long))
    assert lost.response is None
    assert cut.response is None
    assert recording.incomplete == {"response body cut short": 1}


@BOTH
def test_a_long_body_of_a_request_is_counted_and_left_out(read):
    upload = Request("POST", "/v1/files", body=b"q" * MAX_BODY_EXCERPT)
    (exchange,), recording = read(entry(1, request=upload))
    assert exchange.request.body == b""
    assert recording.incomplete == {"request body cut short": 1}


@pytest.mark.parametrize("written", [as_object, as_lines])
@pytest.mark.parametrize(
    "flaw", [{"seq": "x"}, {"at": 7}, {"request": None}, {"response": []}, {"response": {"status": 200}}]
)
def test_an_entry_that_cannot_be_read_is_a_problem(written, flaw):
    recording, exchanges, problems = read_damaged(written(entry(1), {**entry(2), **flaw}, entry(3)))
    assert [each.code for each in problems] == ["REC012"]
    assert [exchange.sent_seq for exchange in exchanges] == [1, 5]
    assert recording.skipped == {"entry of a journal that cannot be read": 1}


def test_a_line_that_is_cut_off_is_counted():
    recording, _, problems = read_damaged(as_lines(entry(1), entry(2), end=b'\n{"seq"'))
    assert [each.code for each in problems] == ["REC004"]
    assert recording.read_count == 2
    assert recording.skipped == {"line cut off at the end of the file": 1}
