"""What each recorder writes, read: samples by hand, in the shapes of the tools named."""

import pytest

from mockserver.recordings.recording import read_recording
from tests.support.paths import SAMPLE_RECORDINGS

SAMPLES = SAMPLE_RECORDINGS


def calls(name):
    recording = read_recording(SAMPLES / name)
    found = [
        (each.request.method, each.request.path, each.response and (each.response.status, each.response.body))
        for each in recording
    ]
    return recording, found


V = "/v1/videos/G-1-01K1"
EXPECTED = {
    "chrome.har": (
        "har",
        [
            (
                "POST",
                "/v1/videos",
                (200, '{"id":"G-1-01K1","object":"video","status":"queued","prompt":"ß"}'.encode()),
            ),
            ("GET", V, None),
            ("POST", V + "/cancel", None),
            ("GET", V + "/content", (200, b"\0\0\0 ftyp")),
        ],
        {"CORS preflight": 1, "answered from the browser's cache": 1, "no http address": 1},
        {"response body not recorded": 1},
    ),
    "firefox.har": (
        "har",
        [
            ("POST", "/v1.3/analyze/batches", (201, b'{"id":"651212e2651212e2651212e2","status":"queued"}')),
            ("GET", "/v1.3/analyze/batches/651212e2651212e2651212e2/results", None),
            ("GET", "/v1.3/analyze/batches", None),
        ],
        {},
        {"response body cut short": 1},
    ),
    "playwright.har": (
        "har",
        [
            ("POST", "/upload/form", (200, b'{"projectId":"p1"}')),
            ("GET", "/get-project-details", None),
            ("POST", "/cancel-project", None),
        ],
        {},
        {"response body not recorded": 1},
    ),
    "mitmproxy.har": (
        "har",
        [
            ("POST", V + "/cancel", (501, b'{"error":"not_implemented_yet"}')),
            ("GET", V, (200, b'{"status":"processing"}')),
            ("DELETE", V, None),
        ],
        {},
        {},
    ),
    "charles.har": ("har", [("GET", "/get-project-status", (200, '{"title":"café"}'.encode("latin-1")))], {}, {}),
    "httptoolkit.har": (
        "har",
        [("PUT", "/u", (200, b"")), ("GET", "/v1/async/video/G-1/ws", (101, b""))],
        {},
        {"request body not recorded": 1},
    ),
    "vcrpy-requests.yaml": (
        "cassette",
        [
            ("POST", "/v1/videos", (200, b'{"id":"G-1-01K1","status":"queued"}')),
            ("GET", V, (200, b'{"status":"processing"}')),
            ("GET", V + "/content", (200, b"\xff\0\x10\0\xfe")),
        ],
        {},
        {},
    ),
    "vcrpy-httpx-old.yaml": (
        "cassette",
        [("GET", "/v1.3/analyze/batches/651212e2651212e2651212e2", (200, b'{"status":"canceling"}'))],
        {},
        {},
    ),
    "vcrpy.json": ("cassette", [("POST", "/cancel-project", (200, b'{"status":"cancelled"}'))], {}, {}),
    "calls.jsonl": (
        "journal",
        [("GET", "/v1/videos/v1", (200, b'{"status":"queued"}')), ("POST", "/v1/videos/v1/cancel", None)],
        {},
        {},
    ),
}


def test_every_sample_is_tested():
    assert {place.name for place in SAMPLES.iterdir() if place.suffix in (".har", ".yaml", ".json", ".jsonl")} == set(
        EXPECTED
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample(name):
    recording, found = calls(name)
    kind, expected, skipped, incomplete = EXPECTED[name]
    assert recording.format == kind
    assert found == expected
    assert dict(recording.skipped) == skipped
    assert dict(recording.incomplete) == incomplete
    assert recording.read_count == len(found)
    assert recording.unanswered_count == sum(answer is None for *_, answer in found)
    assert recording.has_measured_times is (kind != "cassette")
    assert recording.name == str(SAMPLES / name)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_request_names_its_host_first(name):
    assert all(next(iter(each.request.headers)) == "host" for each in read_recording(SAMPLES / name))


def test_a_path_can_be_read_again_and_counts_anew():
    recording = read_recording(SAMPLES / "chrome.har")
    assert list(recording) == list(recording)
    assert recording.read_count == 4


def test_overlapping_calls_of_a_proxy_overlap():
    cancel, poll, _ = read_recording(SAMPLES / "mitmproxy.har")
    assert cancel.sent_seq < poll.sent_seq < poll.answered_seq < cancel.answered_seq
    assert poll.answered_at is not None
    assert poll.answered_at - poll.sent_at == 900_120


def test_repeated_headers_are_joined_in_requests_and_kept_apart_in_answers():
    create, *_ = read_recording(SAMPLES / "chrome.har")
    assert create.request.headers["cookie"] == "sid=8f14e45fceea167a; theme=dark"
    assert create.response is not None
    assert create.response.headers == (
        ("content-type", "application/json"),
        ("set-cookie", "a=1; Path=/"),
        ("set-cookie", "b=2; Path=/"),
    )


def test_a_cassette_has_the_order_of_its_file_and_the_dates_of_its_answers():
    create, poll, content = read_recording(SAMPLES / "vcrpy-requests.yaml")
    assert [(each.sent_seq, each.answered_seq) for each in (create, poll, content)] == [(1, 2), (3, 4), (5, 6)]
    assert create.sent_at == poll.sent_at == content.answered_at == 1_785_924_001_000_000
