"""Small HAR entries, and strategies for exchanges."""

import io
import json

from hypothesis import strategies as st

from mockserver.core.wire import NO_POSITION, Exchange, Request, Response
from mockserver.errors import MockError
from mockserver.recordings.detect import Dialect
from mockserver.recordings.readable import ReadableExchanges
from mockserver.recordings.recording import Recording, read_recording
from mockserver.recordings.source import RecordingSource

START = 1_785_924_000_000_000
"""2026-08-05T10:00:00Z."""


def entry(url="https://a.example/v1/x", *, method="GET", request=(), response=(), content=(), **changes):
    """Build a complete HAR entry; `None` as a value removes the key."""
    made = {
        "startedDateTime": "2026-08-05T10:00:00.000Z",
        "time": 12.5,
        "request": {"method": method, "url": url, "headers": [], "bodySize": 0, **dict(request)},
        "response": {
            "status": 200,
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "content": {"size": 2, "mimeType": "application/json", "text": "{}", **dict(content)},
            "bodySize": 2,
            **dict(response),
        },
        "timings": {"send": 1, "wait": 10, "receive": 1.5},
        **changes,
    }
    return _whole(made)


def _whole(value):
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items() if inner is not None}
    return value


def har(*entries, **log):
    """Build a HAR file of entries."""
    return json.dumps(
        {"log": {"version": "1.2", "creator": {"name": "test"}, **log, "entries": list(entries)}}
    ).encode()


def open_bytes(data, variant=""):
    """Open a recording of bytes, in a given variant of the formats or in the one that they look like."""
    source = RecordingSource(io.BytesIO(data))
    return Recording(source, Dialect(variant)) if variant else read_recording(source)


def read_bytes(data, variant=""):
    """Read a recording from bytes; return it and its exchanges."""
    recording = open_bytes(data, variant)
    return recording, list(recording)


def without_positions(found):
    """Remove the source positions of exchanges."""
    return [each._replace(position=NO_POSITION) for each in found]


def only_exchange(*args, **changes):
    """Read the exchange of one entry, which must be a call."""
    recording, found = read_bytes(har(entry(*args, **changes)))
    assert len(found) == 1, recording.skipped
    return found[0]


def read_damaged(data, variant=""):
    """Read bytes of which a part cannot be read; return the recording, its exchanges and the problems."""
    recording = open_bytes(data, variant)
    exchanges = ReadableExchanges(recording, lambda number: None)
    return recording, list(exchanges), exchanges.problems


def read_problem(data, variant=""):
    """Read bytes, which must fail; return the problem."""
    try:
        read_bytes(data, variant)
    except MockError as error:
        return error.problems[0]
    raise AssertionError("reading did not fail")


texts = st.text(max_size=20)
any_texts = st.text(st.characters() | st.sampled_from("\udc80\ud83d"), max_size=9)
"""Texts with lone surrogates, as Python reads them from headers."""
names = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12)
bodies = st.one_of(st.binary(max_size=40), texts.map(lambda text: text.encode("utf-8", "surrogatepass")))
instants = st.integers(0, 4_000_000_000_000_000)

requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=texts,
    query=texts,
    headers=st.dictionaries(names, any_texts, max_size=4),
    body=bodies,
)
responses = st.builds(
    Response,
    status=st.integers(100, 999),
    headers=st.lists(st.tuples(names, any_texts), max_size=4).map(tuple),
    body=bodies,
)
exchanges = st.builds(
    Exchange,
    request=requests,
    response=st.none() | responses,
    sent_at=instants,
    answered_at=st.none() | instants,
    sent_seq=st.integers(-5, 2**63),
    answered_seq=st.integers(0, 2**63),
    position=st.just(NO_POSITION),
)
