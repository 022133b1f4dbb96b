"""One entry of a HAR at a time: what is a call, what is its answer, and when."""

import base64
import gzip
import json
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.instants import MILLISECOND, MINUTE, SECOND
from mockserver.errors import MockError
from mockserver.recordings import bodies
from mockserver.recordings.har import parse_entry
from mockserver.recordings.json_stream import OMITTED
from mockserver.recordings.read_stats import ReadStats
from tests.support.har_files import START, entry, har, only_exchange, read_bytes, read_damaged, read_problem


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"url": "data:text/plain,x"}, "no http address"),
        ({"url": "/v1/videos"}, "no http address"),
        ({"url": 5}, "no http address"),
        ({"method": ""}, "no method"),
        ({"method": "G T"}, "no method"),
        ({"method": 5}, "no method"),
        ({"_fromCache": "memory"}, "answered from the browser's cache"),
        ({"_fetchedViaServiceWorker": True}, "answered by a service worker"),
        ({"response": {"_fetchedViaServiceWorker": True}}, "answered by a service worker"),
    ],
)
def test_what_is_no_call_of_a_server_is_left_out_and_counted(changed, reason):
    recording, found = read_bytes(har(entry(**changed)))
    assert found == []
    assert dict(recording.skipped) == {reason: 1}
    assert recording.read_count == 0


@pytest.mark.parametrize(
    ("odd", "reason"),
    [(odd, "no entry of a HAR") for odd in (5, None, [], {"request": 1}, "x")]
    + [(entry(startedDateTime=odd), "no readable start time") for odd in ("yesterday", "2026-13-05T10:00:00Z", None)],
)
def test_what_cannot_be_read_is_a_problem_and_the_others_are_read(odd, reason):
    recording, found, (problem,) = read_damaged(har(odd, entry(), odd))
    assert len(found) == 1
    assert dict(recording.skipped) == {reason: 2}
    assert problem.code == "REC012"
    assert problem.message == f"{reason}, the first of 2"
    assert problem.location.pointer == "/log/entries/0"


def test_an_options_call_that_is_no_preflight_stays():
    assert only_exchange(method="OPTIONS").request.method == "OPTIONS"


@pytest.mark.parametrize("status", [0, -1, "", None, "x", 99, 1000, True, "²", "9" * 20, 1e300])
def test_without_a_status_there_was_no_answer(status):
    found = only_exchange(response={"status": status})
    assert found.response is None
    assert found.answered_at is None
    assert found.answered_seq == 0


@pytest.mark.parametrize(("status", "read"), [(200, 200), ("200", 200), (200.0, 200), (999, 999)])
def test_a_status_may_be_a_number_or_a_text(status, read):
    found = only_exchange(response={"status": status})
    assert found.response is not None
    assert found.response.status == read


def test_an_entry_without_a_response_was_not_answered():
    recording, (found,) = read_bytes(har({key: value for key, value in entry().items() if key != "response"}))
    assert found.response is None
    assert recording.unanswered_count == 1
    assert dict(recording.incomplete) == {}


def test_an_answer_that_was_broken_off_is_none():
    recording, (found,) = read_bytes(har(entry(response={"_error": "net::ERR_INCOMPLETE_CHUNKED_ENCODING"})))
    assert found.response is None
    assert dict(recording.incomplete) == {"answer broken off": 1}


@pytest.mark.parametrize("error", ["", False, "net::ERR_HTTP_RESPONSE_CODE_FAILURE"])
def test_some_errors_are_none(error):
    assert only_exchange(response={"_error": error}).response is not None


GZIPPED = gzip.compress(b'{"a":"\xc3\xa9"}')
ZIPPED = zlib.compress(b"x" * 99)
RAW = ZIPPED[2:-4]


@pytest.mark.parametrize(
    ("content", "headers", "body"),
    [
        ({"text": "é"}, {}, "é".encode()),
        ({"text": "é"}, {"Content-Type": "text/plain; charset=ISO-8859-1"}, b"\xe9"),
        ({"text": "é", "mimeType": 'text/plain; charset="latin1"'}, {"Content-Type": ""}, b"\xe9"),
        ({"text": "€"}, {"Content-Type": "text/plain; charset=us-ascii"}, "€".encode()),
        ({"text": "é"}, {"Content-Type": "text/plain; charset=punycode"}, "é".encode()),
        ({"text": "/w-_", "encoding": "base64"}, {}, b"\xff\x0f\xbf"),
        ({"text": "/w ==\n", "encoding": "base64"}, {}, b"\xff"),
        ({"text": base64.b64encode(GZIPPED).decode(), "encoding": "base64"}, {"Content-Encoding": "gzip"}, None),
        ({"text": '{"a":"é"}'}, {"Content-Encoding": "gzip"}, b'{"a":"\xc3\xa9"}'),
        ({"text": base64.b64encode(ZIPPED).decode(), "encoding": "base64"}, {"content-encoding": "deflate"}, b"x" * 99),
        ({"text": base64.b64encode(RAW).decode(), "encoding": "base64"}, {"content-encoding": "Deflate"}, b"x" * 99),
        ({"text": "/w==", "encoding": "base64"}, {"content-encoding": "identity"}, b"\xff"),
        ({"text": None, "size": 0}, {}, b""),
        ({"text": "", "size": 0}, {}, b""),
        ({"text": None, "size": None}, {}, b""),
    ],
)
def test_a_body_is_what_the_server_meant(content, headers, body):
    listed = [{"name": name, "value": value} for name, value in headers.items()]
    found = only_exchange(response={"headers": listed, "bodySize": 0}, content=content)
    assert found.response is not None
    assert found.response.body == (b'{"a":"\xc3\xa9"}' if body is None else body)
    assert found.response.header("content-encoding") is None


TWICE = base64.b64encode(gzip.compress(gzip.compress(b"hi"))).decode()


def test_codings_are_undone_from_the_last_to_the_first():
    headers = [{"name": "content-encoding", "value": "gzip, x-gzip"}]
    found = only_exchange(response={"headers": headers}, content={"text": TWICE, "encoding": "base64"})
    assert found.response is not None
    assert found.response.body == b"hi"


BOMB = base64.b64encode(gzip.compress(b"\0" * (bodies.MAX_BODY_BYTES + 1))).decode()


@pytest.mark.parametrize(
    ("content", "coding", "loss"),
    [
        ({"text": None, "size": 9}, "", "not recorded"),
        ({"text": "", "size": 9}, "", "not recorded"),
        ({"text": None, "size": -1}, "", "not recorded"),
        ({"text": None, "size": 0, "_file": "x.json"}, "", "not recorded"),
        ({"text": 5, "size": 9}, "", "not recorded"),
        ({"text": "{", "size": 1002}, "", "cut short"),
        ({"text": "{?", "encoding": "base64"}, "", "in a coding that cannot be undone"),
        ({"text": "\ud83d"}, "", "in a coding that cannot be undone"),
        ({"text": "/w==", "encoding": "base64"}, "gzip", "in a coding that cannot be undone"),
        ({"text": "/w==", "encoding": "base64"}, "zstd", "in a coding that cannot be undone"),
        ({"text": "/w==", "encoding": "base64"}, "zstd, gzip", "in a coding that cannot be undone"),
        ({"text": BOMB, "encoding": "base64"}, "gzip", "over 10 MB"),
        ({"text": "x" * (bodies.MAX_BODY_BYTES + 1)}, "", "over 10 MB"),
    ],
)
def test_an_answer_whose_body_is_lost_is_a_call_without_an_answer(content, coding, loss):
    changed = {"headers": [{"name": "Content-Encoding", "value": coding}]}
    recording, (found,) = read_bytes(har(entry(response=changed, content=content)))
    assert found.response is None
    assert found.answered_at is None
    assert dict(recording.incomplete) == {f"response body {loss}": 1}
    assert recording.unanswered_count == 1


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304), ("GET", 101)])
def test_answers_that_have_no_body_need_none(method, status):
    found = only_exchange(method=method, response={"status": status}, content={"text": None, "size": 77})
    assert found.response is not None
    assert found.response.body == b""


@pytest.mark.parametrize(
    ("request_", "body", "loss"),
    [
        ({"postData": {"text": "é"}}, "é".encode(), {}),
        ({"postData": {"text": "/w==", "encoding": "base64"}}, b"\xff", {}),
        ({"postData": {"text": "/w==", "_encoding": "base64"}}, b"\xff", {}),
        ({"postData": {"text": "", "params": []}}, b"", {}),
        (
            {"postData": {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a"}, 5]}},
            b"a=",
            {},
        ),
        (
            {"postData": {"mimeType": "application/x-www-form-urlencoded", "params": {"a": 1}}},
            b"",
            {},
        ),
        ({"postData": {"mimeType": "multipart/form-data", "params": [{"name": "a"}]}}, b"", {"not recorded": 1}),
        ({"bodySize": 5}, b"", {"not recorded": 1}),
        ({"bodySize": -1}, b"", {}),
        ({"postData": {"text": "\ud83d"}}, b"", {"in a coding that cannot be undone": 1}),
        (
            {
                "headers": {"Content-Encoding": "gzip"},
                "postData": {"text": base64.b64encode(GZIPPED).decode(), "encoding": "base64"},
            },
            b'{"a":"\xc3\xa9"}',
            {},
        ),
    ],
)
def test_the_body_of_a_request(request_, body, loss):
    recording, (found,) = read_bytes(har(entry(method="POST", request=request_)))
    assert found.request.body == body
    assert "content-encoding" not in found.request.headers
    assert dict(recording.incomplete) == {f"request body {reason}": count for reason, count in loss.items()}
    assert found.response is not None


@pytest.mark.parametrize(
    ("text", "sent", "step"),
    [
        ("2026-08-05T10:00:00.000Z", 0, MILLISECOND),
        ("2026-08-05T12:00:00.500+02:00", 500_000, MILLISECOND),
        ("2026-08-05T12:00:00.5+0200", 500_000, SECOND // 10),
        ("2026-08-05 10:00:00", 0, SECOND),
        ("2026-08-05T10:00:00,25Z", 250_000, SECOND // 100),
        ("2026-08-05T10:00:00.1234567Z", 123_456, 1),
        (" 2026-08-05T10:00:00.123456Z ", 123_456, 1),
    ],
)
def test_a_start_and_the_step_of_its_clock(text, sent, step):
    found = only_exchange(startedDateTime=text, time=0.25)
    assert found.sent_at - START == sent
    assert found.answered_at == found.sent_at + 250
    assert found.sent_seq == 2 * found.sent_at
    assert found.answered_seq == 2 * (found.sent_at + 250 + step) + 1


@pytest.mark.parametrize(
    ("changed", "took", "blur"),
    [
        ({"time": 12}, 12_000, MILLISECOND),
        ({"time": 12.5}, 12_500, 0),
        ({"time": -1}, 12_500, 0),
        ({"time": "12"}, 12_500, 0),
        ({"time": True}, 12_500, 0),
        ({"time": 1e30}, 12_500, 0),
        ({"time": float("nan")}, 12_500, 0),
        ({"time": None, "timings": {"wait": 3, "dns": -1, "comment": "x"}}, 3_000, MILLISECOND),
        ({"time": None, "timings": {"wait": -1}}, 0, MINUTE),
        ({"time": None, "timings": None}, 0, MINUTE),
    ],
)
def test_how_long_an_answer_took(changed, took, blur):
    recording, (found,) = read_bytes(har(entry(**changed)))
    assert found.answered_at == found.sent_at + took
    assert found.answered_seq == 2 * (found.answered_at + MILLISECOND + blur) + 1
    assert dict(recording.incomplete) == ({"time of the answer not recorded": 1} if blur == MINUTE else {})


def test_calls_that_touch_within_the_step_of_the_clock_overlap():
    touching = entry(time=10.0), entry(startedDateTime="2026-08-05T10:00:00.011Z")
    apart = entry(time=10.0), entry(startedDateTime="2026-08-05T10:00:00.013Z")
    _, (first, second) = read_bytes(har(*touching))
    assert second.sent_seq < first.answered_seq
    _, (first, second) = read_bytes(har(*apart))
    assert first.answered_seq < second.sent_seq


calls = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=8)


@given(calls)
def test_sequence_numbers_follow_the_times(pairs):
    entries = [
        entry(f"https://a.example/{index}", startedDateTime=f"2026-08-05T10:00:00.{start:03d}Z", time=took + 0.5)
        for index, (start, took) in enumerate(pairs)
    ]
    _, found = read_bytes(har(*entries))
    assert [each.sent_at for each in found] == sorted(each.sent_at for each in found)
    for first in found:
        assert first.answered_at is not None
        assert first.sent_seq < first.answered_seq
        for second in found:
            assert (first.answered_seq < second.sent_seq) == (first.answered_at + MILLISECOND < second.sent_at)


def test_a_call_is_read_whatever_else_the_log_holds():
    recording, found = read_bytes(har(entry(), pages=[{"id": "x" * 300_000}], browser={"name": '{[\\"'}))
    assert recording.format == "har"
    assert len(found) == 1


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('{"log": {"version": "1.2"}}', "REC005", "there is no `log.entries`"),
        ('{"log": {}}', "REC005", "there is no `log.entries`"),
        ('{"log": []}', "REC005", "there is no `log.entries`: this is not an object"),
        ('{"log": {"entries": {}}}', "REC005", "`log.entries` is not a list"),
        ('{"log": {"version" "1.2"}}', "REC003", "this is not JSON: expecting ':' delimiter"),
        ('{"log": {"version": "1.2" "x"}}', "REC003", "this is not JSON: expecting ',' delimiter"),
        ('{"log": {"version": }}' + " " * 20, "REC003", "this is not JSON: expecting value"),
        ('{"log": {"entries": [{}', "REC004", "the file ends here"),
        ('{"log": {"entries": [{} x', "REC003", "expecting ',' delimiter"),
        ('{"log": {"entries": [' + "[" * 30_000, "REC007", "the nesting is deeper"),
        ('{"log": {"entries": [' + "1" * 5_000 + "]}}", "REC007", "a number is longer"),
    ],
)
def test_a_broken_har_is_refused_with_its_place(text, code, words):
    problem = read_problem(text.encode())
    assert problem.code == code
    assert words in problem.message
    assert problem.location.line == 1


def test_a_problem_has_line_column_and_pointer():
    data = json.dumps({"log": {"entries": [entry(), entry()]}}, indent=1).encode()
    wrong = data.replace(b'"time": 12.5', b'"time": 12.5.', 2).replace(b'"time": 12.5.', b'"time": 12.5', 1)
    problem = read_problem(wrong)
    line = wrong[: wrong.index(b"12.5.")].count(b"\n") + 1
    assert problem.code == "REC003"
    assert problem.location.line == line
    assert problem.location.column == 17
    assert problem.location.pointer == "/log/entries/1"


SMALL = har(
    entry(response={"headers": [{"name": "x", "value": 'é\\"\n'}]}, content={"text": "/w==", "encoding": "base64"}),
    entry("https://a.example/2"),
)


def test_a_har_cut_at_any_byte_is_refused_or_has_lost_nothing():
    for cut in range(len(SMALL) - 2):
        assert read_problem(SMALL[:cut]).code == ("REC002" if cut < 9 else "REC004"), cut
    assert len(read_bytes(SMALL[:-2])[1]) == len(read_bytes(SMALL[:-1])[1]) == 2


@given(st.data())
def test_a_har_with_any_byte_changed_never_breaks_us(data):
    at = data.draw(st.integers(0, len(SMALL) - 1))
    changed = bytes((*SMALL[:at], data.draw(st.integers(0, 255)), *SMALL[at + 1 :]))
    with suppress(MockError):
        read_bytes(changed, "har")


def test_each_entry_has_its_place_in_the_order_of_the_file():
    late, odd = entry(startedDateTime="2026-08-05T10:00:09.000Z"), entry(_fromCache="memory")
    pretty = json.dumps(json.loads(har(late, odd, entry())), indent=1)
    _, (sooner, later) = read_bytes(pretty.encode())
    assert sooner.position.pointer == "/log/entries/2"
    assert later.position.pointer == "/log/entries/0"
    assert [pretty.split("\n")[each.position.line - 1][each.position.column - 1 :] for each in (sooner, later)] == [
        "{",
        "{",
    ]
    assert sooner.position.line > later.position.line > 1
    lost = read_bytes(har(entry(response={"status": 0})))[1][0].position
    assert lost.line == 1
    assert lost.pointer == "/log/entries/0"


def test_an_entry_that_is_too_large_is_counted():
    stats = ReadStats()
    assert parse_entry(stats, OMITTED) is None
    assert dict(stats.skipped) == {"entry over 16 MB": 1}
    assert [*stats.unread] == ["entry over 16 MB"]
