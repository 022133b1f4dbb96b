"""What `mockserver listen --json` prints is a recording of webhooks."""

import io

import orjson
import pytest

from mockserver.core.instants import parse_instant
from mockserver.recordings.journal import MAX_LINE_BYTES
from mockserver.recordings.recording import read_recording
from tests.support.har_files import read_damaged

ROW = {
    "at": "2026-08-05T10:00:30.000000Z",
    "vendor": "reap",
    "event": "completed",
    "job": "p1",
    "attempt": None,
    "signature": "unsigned, as always",
    "path": "/hook",
    "answered": 200,
    "body": {"projectId": "p1", "status": "completed"},
}


def read(*lines):
    recording = read_recording(io.BytesIO(b"\n".join(lines)))
    return list(recording), recording


def line(**changes):
    return orjson.dumps({**ROW, **changes})


def test_a_line_is_a_post_with_its_answer():
    (exchange,), recording = read(line(), b"")
    assert exchange.request.method == "POST"
    assert exchange.request.path == "/hook"
    assert orjson.loads(exchange.request.body) == ROW["body"]
    assert exchange.response is not None
    assert exchange.response.status == 200
    assert exchange.sent_at == parse_instant(ROW["at"])
    assert exchange.position.line == 1
    assert recording.has_measured_times


def test_a_body_that_is_no_json_stays_as_it_is():
    (exchange,), _ = read(line(body="a=1"), b"")
    assert exchange.request.body == b"a=1"


@pytest.mark.parametrize(
    "broken", [b"{", b"7", line(at="yesterday"), line(at=7), line(path=None), line(answered="ok"), b'{"at":"x"}']
)
def test_a_line_that_is_no_delivery_is_counted(broken):
    recording, exchanges, problems = read_damaged(b"\n".join((line(), broken, line(), b"")))
    assert len(exchanges) == 2
    assert [each.code for each in problems] == ["REC012"]
    assert recording.skipped == {"line that is no delivery": 1}


def test_a_line_that_is_cut_off_and_one_that_is_too_long_are_counted():
    lines = line(), b"x" * (MAX_LINE_BYTES + 1), line()[:-5]
    recording, exchanges, problems = read_damaged(b"\n".join(lines))
    assert len(exchanges) == 1
    assert [each.code for each in problems] == ["REC012", "REC004"]
    assert recording.skipped == {"line over 64 MB": 1, "line cut off at the end of the file": 1}
