"""The fast path and aiohttp answer every request with the same bytes.

Two apps serve identical sessions, one with the fast path and one without; both get the same chunks of the same
connection. Request ids are counted, so a missing, additional or misplaced answer is found too.
"""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.core.instants import http_date
from mockserver.server.app import App
from tests.support.fake_world import START
from tests.support.memory_transport import EXAMPLES_FACTOR, make_hub, run_connection

KEY = b"Authorization: Bearer key\r\n"
HOST = b"Host: fake.test\r\n"
VIDEO = b"/v1/videos/%b"


def app_pair() -> tuple[App, App, str]:
    """Build two apps whose sessions have the same history, a video in `default` and `t1`; return them and its id."""
    # Errors without a session have the wall clock's time, which must not differ between the two.
    pair = App(make_hub(), clock=lambda: START), App(make_hub(), fast_path=False, clock=lambda: START)
    made = {_video(app, session) for app in pair for session in ("default", "t1")}
    assert len(made) == 1
    return *pair, made.pop()


def _video(app: App, session: str) -> str:
    store = app.registry.get_or_create(session, START).context("phaseo").store
    body = b'{"model": "qwen/wan2.7-t2v", "prompt": "a cat"}'
    head = b"POST /s/%b/v1/videos HTTP/1.1\r\n" % session.encode() + HOST + KEY
    answer, _ = run_connection(app, [head + b"Content-Length: %d\r\n\r\n" % len(body) + body])
    assert answer.startswith(b"HTTP/1.1 200"), answer
    return next(store.all_jobs()).id


def expect_equal_answers(chunks: Sequence[bytes], hurried: Sequence[int] = ()) -> tuple[bytes, bool]:
    """Return the common answer to the chunks; `VIDEO` stands for the id of the video."""
    fast, slow, video_id = app_pair()
    chunks = [chunk.replace(b"VIDEO", video_id.encode()) for chunk in chunks]
    answered = run_connection(fast, chunks, hurried)
    assert answered == run_connection(slow, chunks, hurried)
    return answered


# One odd request

PATHS = st.sampled_from(
    [b"/v1/videos", b"/v1/videos?limit=1&status=queued", b"/v1/videos/VIDEO", b"/v1/videos/VIDEO?", b"/v1/videos/nope",
     b"/v1/videos/VIDEO/content", b"/v1/videos/models", b"/v1.3/analyze/batches", b"/v1.3/analyze/batches/x",
     b"/api/v1/automation/get-all-projects", b"/api/v1/automation/get-project-status?projectId=" + b"0" * 24,
     b"/automation/get-project-status", b"/media/x", b"/nowhere", b"/", b"//", b"/v1", b"/v1/", b"/v1/videos/",
     b"/s/t1/v1/videos/VIDEO", b"/s/t1@1/v1/videos/VIDEO", b"/s/t1@9/v1/videos", b"/s/%2e%2e/v1/videos",
     b"/s/", b"/s/a", b"/s/a%2Fb/v1/videos", b"/s/a%00/v1/videos", b"/v/phaseo/v1/videos", b"/v/unknown/v1/videos",
     b"/s/t1/v/reap/x", b"/v1/videos/%zz", b"/v1/videos/%ff", b"/v1/videos/%0d%0aX:%20y", b"/v1/videos/..%2f..",
     b"/v1/videos/a;b=c@d",
     b"*", b"http://other.test/v1/videos/VIDEO?limit=2", b"http://other.test", b"/v1/videos?a?b", b"/v1/videos#f",
     b"/v1/videos?status=%F0%9F%98%80&status=&&=", b"/v1/videos/" + b"x" * 5000, b"/v1/videos?" + b"a=b&" * 2500]
)  # fmt: skip
TOKENS = st.text("abcXYZ-019_.!", min_size=1, max_size=12).map(str.encode)
VALUES = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20).map(str.encode),
    st.sampled_from([b"\tx\t", b"  x  ", "é".encode(), b"\xe9", b"a,b", b'"q"', b"x" * 3000, b"\x7f", b"\x0b"]),
)
LINES = st.one_of(
    st.sampled_from(
        [KEY, b"authorization:Bearer key\r\n", b"Authorization: Bearer scenario:nope\r\n", b"Authorization: Bearer\r\n",
         b"Authorization: Basic a2V5\r\n", b"Authorization: Bearer invalid\r\n", b"x-api-key: key\r\n",
         b"X-Mock-Session: t1\r\n", b"X-Mock-Session: t1@1\r\n", b"X-Mock-Session: t1@3\r\n", b"X-Mock-Session:\r\n",
         b"X-Mock-Session: \xc3\xa9\r\n", b"Accept-Encoding: gzip, br\r\n", b"Accept-Encoding: gzip;q=0\r\n",
         b"Connection: close\r\n", b"Connection: Close\r\n", b"Connection: keep-alive\r\n", b"Connection: te\r\n",
         b"Connection: close, te\r\n", b"Origin: http://page.test\r\n", b"Range: bytes=0-9\r\n",
         b"Range: bytes=9-0\r\n", b"Content-Length: 0\r\n", b"Expect: 100-continue\r\n", b"Expect: nothing\r\n",
         b"Host: b.test\r\n", b"Prefer: code=409\r\n", b"Prefer: state=completed\r\n", b"Prefer: nonsense\r\n",
         b"Host: not a host\r\n", b"Host:\r\n", b"X-Fold: a\r\n b\r\n", b"X-Bare: a\nX-B: b\r\n", b"X Space: a\r\n",
         b"X-Space : a\r\n", b": nameless\r\n", b"nothing\r\n", b"X-Nul: a\0b\r\n", b"Cookie: a=b\r\n",
         b"Upgrade: h2c\r\nConnection: Upgrade\r\n", b"TE: trailers\r\n", b"Content-Type: application/json\r\n"]
    ),
    st.builds(lambda name, value: name + b": " + value + b"\r\n", TOKENS, VALUES),
)  # fmt: skip
VERSIONS = st.sampled_from([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/1.2", b"http/1.1", b"HTTP/2.0"])
METHODS = st.sampled_from([b"GET"] * 6 + [b"HEAD", b"get", b"OPTIONS", b"DELETE"])


@st.composite
def gets(draw: st.DrawFn) -> bytes:
    """Draw a GET request or something similar."""
    first = b" ".join((draw(METHODS), draw(PATHS), draw(VERSIONS))) + b"\r\n"
    host = draw(st.sampled_from([HOST] * 8 + [b""]))
    return first + host + b"".join(draw(st.lists(LINES, max_size=4))) + b"\r\n"


@settings(max_examples=250 * EXAMPLES_FACTOR, deadline=None)
@given(request=gets(), again=st.booleans())
def test_any_get_has_the_same_answer_on_both_paths(request, again):
    """The second answer, from the cache, is equal as well."""
    expect_equal_answers([request] * (1 + again))


# Many requests on one connection, in whatever pieces they arrive

BODIES = [
    b"Content-Length: 2\r\n\r\n{}",
    b"Content-Length: 0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
    b"Content-Length: 45\r\n\r\nGET /v1/videos HTTP/1.1\r\nHost: fake.test\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n2d\r\nGET /v1/videos HTTP/1.1\r\nHost: fake.test\r\n\r\n\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\n{}\r\n0\r\nX-T: v\r\n\r\n",
    b"X-A: upgrade\r\nContent-Length: 2\r\n\r\n{}",
]
SIMPLE = b"GET /v1/videos/VIDEO HTTP/1.1\r\n" + HOST + KEY
CREATE = b"POST /v1/videos HTTP/1.1\r\n" + HOST + KEY + b"Content-Length: 2\r\n\r\n{}"
REQUESTS = st.one_of(
    st.sampled_from(
        [SIMPLE + b"\r\n"] * 4
        + [SIMPLE + b"Connection: close\r\n\r\n", b"GET /v1/videos HTTP/1.1\r\n" + HOST + KEY + b"\r\n", b"\r\n"]
        + [b"HEAD /v1/videos HTTP/1.1\r\n" + HOST + KEY + b"\r\n", SIMPLE + b"Content-Length: 3\r\n\r\nabc"]
        + [SIMPLE + b"Upgrade: h2c\r\nConnection: upgrade\r\n\r\n", SIMPLE + b"Expect: 100-continue\r\n\r\n"]
        + [b"CONNECT fake.test:1 HTTP/1.1\r\n" + HOST + b"\r\n", SIMPLE.replace(b"1.1", b"1.0") + b"\r\n"]
    ),
    st.builds(lambda body: b"POST /v1/videos HTTP/1.1\r\n" + HOST + KEY + body, st.sampled_from(BODIES)),
)


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Draw several requests, cut between them or anywhere."""
    requests = draw(st.lists(REQUESTS, min_size=1, max_size=5))
    whole = b"".join(requests)
    ends = [sum(map(len, requests[:place])) for place in range(1, len(requests))]
    anywhere = st.integers(1, len(whole))
    cuts = {0, len(whole), *draw(st.lists(anywhere, max_size=3))}
    cuts.update(end for end in ends if draw(st.booleans()))
    places = sorted(cuts)
    return [whole[start:end] for start, end in pairwise(places)]


@settings(max_examples=250 * EXAMPLES_FACTOR, deadline=None)
@given(chunks=streams(), hurried=st.lists(st.integers(0, 8), max_size=4))
@example(chunks=[b"\r\n", b"\r\n", SIMPLE + b"\r\n"], hurried=[])
@example(chunks=[CREATE, CREATE, SIMPLE + b"\r\n"], hurried=[1])
@example(chunks=[CREATE, SIMPLE + b"X-Part: ", SIMPLE + b"\r\n"], hurried=[0])
def test_any_stream_has_the_same_answers_on_both_paths(chunks, hurried):
    expect_equal_answers(chunks, hurried)


# Requests that must not mislead the parser


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param([SIMPLE + b"Content-Length: 5\r\n\r\n", b"hello", SIMPLE + b"\r\n"], id="a body in a later chunk"),
        pytest.param([SIMPLE + b"\r\n" + SIMPLE + b"\r\n", SIMPLE + b"\r\n"], id="two in one chunk"),
        pytest.param([SIMPLE + b"\r\n" + SIMPLE[:20], SIMPLE[20:] + b"\r\n"], id="one and a half"),
        pytest.param([SIMPLE[:30], SIMPLE[30:] + b"\r\n", SIMPLE + b"\r\n"], id="half a head"),
        pytest.param([SIMPLE, b"\r\n", SIMPLE + b"\r\n"], id="a head without its end"),
        pytest.param([SIMPLE + b"X: y\r", b"\n\r\n", SIMPLE + b"\r\n"], id="cut within a line's end"),
        pytest.param([SIMPLE + b"Connection: close\r\n\r\n", SIMPLE + b"\r\n"], id="close, then one more"),
        pytest.param([SIMPLE + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nhello\r\n", b"0\r\n\r\n"], id="chunked"),
        pytest.param([SIMPLE + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", b"{}"], id="expect"),
        pytest.param([SIMPLE + b"".join(b"X-%d: y\r\n" % n for n in range(130)) + b"\r\n"], id="too many headers"),
        pytest.param([SIMPLE + b"".join(b"X-%d: y\r\n" % n for n in range(100)) + b"\r\n"], id="many headers"),
        pytest.param([SIMPLE + b"Upgrade: h2c\r\nConnection: upgrade\r\n\r\n", SIMPLE + b"\r\n"], id="upgrade"),
        pytest.param([SIMPLE + b"Content-Length: 99\r\n\r\n", b"\r\n\r\n", SIMPLE + b"\r\n"], id="a line in a body"),
        pytest.param([SIMPLE + b"\r\n" + SIMPLE[:20], b"\r\n\r\n", SIMPLE + b"\r\n"], id="half a line"),
        pytest.param([CREATE[:-2], b"{", b"}" + SIMPLE + b"\r\n"], id="a request in the chunk of a body's end"),
        pytest.param([b"POST /v1/videos HTTP/1.1\r\n" + HOST + b"Content-Length:\r\n 2\r\n\r\n", SIMPLE + b"\r\n"],
                     id="a folded length"),
    ],
)  # fmt: skip
def test_difficult_requests_have_the_same_answers_on_both_paths(chunks):
    expect_equal_answers(chunks)


def test_an_answer_to_invalid_http_has_the_time_of_the_server():
    """The wall clock could differ between the two apps."""
    answer, closed = expect_equal_answers([b"GET /v1/videos HTTP/1.1\r\nHost\r\n\r\n"])
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nDate: %b\r\n" % http_date(START).encode() in answer
    assert closed


def test_a_request_inside_a_body_is_not_answered():
    """Request smuggling: a server that took the body for a request would answer twice."""
    inner = b"GET /v1/videos HTTP/1.1\r\n" + HOST + KEY + b"\r\n"
    answers, _ = expect_equal_answers(
        [b"POST /v1/videos HTTP/1.1\r\n" + HOST + KEY + b"Content-Length: %d\r\n\r\n" % len(inner), inner]
    )
    assert answers.count(b"HTTP/1.1 ") == 1
