"""VCR cassettes, in YAML and in JSON: every form a body has had, and files that are not whole."""

import base64
import gzip
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import MockError
from mockserver.recordings import bodies, yaml_stream
from mockserver.recordings.cassette import CassetteReader
from mockserver.recordings.json_stream import OMITTED
from mockserver.recordings.nock import NockReader
from mockserver.recordings.read_stats import ReadStats
from mockserver.recordings.source import ByteStream
from mockserver.recordings.yaml_stream import YamlStream
from tests.support.har_files import START, read_bytes, read_damaged, read_problem

HEAD = "interactions:\n"
CALL = """\
- request: {body: %s, headers: {}, method: GET, uri: "https://a.example/v1"}
  response: {body: %s, headers: %s, status: %s}
"""


def tape(*interactions):
    return json.dumps({"version": 1, "interactions": list(interactions)}).encode()


def call(body=None, *, request=(), response=()):
    return {
        "request": {"method": "GET", "uri": "https://a.example/v1", "body": None, "headers": {}, **dict(request)},
        "response": {"status": {"code": 200}, "headers": {}, "body": body, **dict(response)},
    }


def yaml(body="{string: x}", *, request="null", headers="{}", status="{code: 200, message: OK}"):
    return (HEAD + CALL % (request, body, headers, status) + "version: 1\n").encode()


def answer(data):
    _, (found,) = read_bytes(data)
    assert found.response is not None
    return found.response


CODED = base64.b64encode(gzip.compress(b"{}")).decode()


@pytest.mark.parametrize(
    ("body", "data"),
    [
        ("{string: '{}'}", b"{}"),
        ("{string: 12}", b"12"),
        ("{string: no}", b"no"),
        ("{string: null}", b""),
        ("{string: ''}", b""),
        ("{string: !!python/unicode 'é'}", "é".encode()),
        ("{string: !!binary 'AP8='}", b"\0\xff"),
        ("{base64_string: 'AP8='}", b"\0\xff"),
        ("{base64_string: !!binary 'AP8='}", b"\0\xff"),
        ("{encoding: UTF-8}", b""),
        ("text", b"text"),
        ("null", b""),
    ],
)
def test_a_body_in_yaml(body, data):
    assert answer(yaml(body)).body == data


def test_a_compressed_body_is_unpacked_and_its_header_goes():
    found = answer(yaml(f"{{string: !!binary {CODED}}}", headers="{content-encoding: [gzip], Vary: a}"))
    assert found.body == b"{}"
    assert found.headers == (("Vary", "a"),)


@pytest.mark.parametrize(("body", "data"), [({"string": "é"}, "é".encode()), ({"base64_string": "AP8"}, b"\0\xff")])
def test_a_body_in_json(body, data):
    assert answer(tape(call(body))).body == data


@pytest.mark.parametrize("status", ["{code: 200}", "{code: '200'}", "200"])
def test_a_status_in_its_forms(status):
    assert answer(yaml(status=status)).status == 200


def test_a_status_of_an_old_stub():
    old = {"request": call()["request"], "response": {"status_code": 418, "headers": {}, "content": "x"}}
    assert answer(tape(old))[::2] == (418, b"x")


PARSED = "{a: 1, b: 1.5, c: true, d: null, e: 'true', f: [yes, .inf, 0x10], g: {h: ~}, 1: x}"
"""Values in YAML, and below what they are in JSON."""
MEANT = {"a": 1, "b": 1.5, "c": True, "d": None, "e": "true", "f": ["yes", ".inf", 16], "g": {"h": None}, "1": "x"}


@pytest.mark.parametrize("key", ["parsed_body", "json_body", "json"])
def test_a_body_that_was_recorded_as_a_value(key):
    text = f"{HEAD}{CALL % ('null', PARSED, '{content-length: 71}', '{code: 200}')}version: 1\n"
    found = answer(text.replace("response: {body", f"response: {{{key}").encode())
    assert json.loads(found.body) == MEANT


@pytest.mark.parametrize(
    ("response", "loss"),
    [
        ({}, "not recorded"),
        ({"headers": {"Content-Length": "2"}}, "not recorded"),
        ({"body": {"string": ""}, "headers": {"Content-Length": "2"}}, "not recorded"),
        ({"body": None, "headers": {"Content-Length": "2"}}, "not recorded"),
        ({"body": {"parts": ["x"]}}, "not recorded"),
        ({"parsed_body": b"x"}, "in a coding that cannot be undone"),
        ({"headers": {"Content-Length": "0"}}, None),
        ({"status": {"code": 204}}, None),
    ],
)
def test_a_body_that_was_left_out_is_unknown_and_not_empty(response, loss):
    interaction = {"request": call()["request"], "response": {"status": {"code": 200}, **response}}
    found = CassetteReader(stats := ReadStats()).read_interaction(interaction)
    assert (found.response is None) == (loss is not None)
    assert dict(stats.incomplete) == ({f"response body {loss}": 1} if loss else {})


def test_a_text_that_was_kept_compressed_without_its_header():
    headers = {"Content-Type": ["application/json"]}
    assert answer(tape(call({"base64_string": CODED}, response={"headers": headers}))).body == b"{}"
    download = {"Content-Type": ["application/gzip"]}
    assert answer(tape(call({"base64_string": CODED}, response={"headers": download}))).body != b"{}"
    characters = gzip.compress(b"{}").decode("latin-1")
    assert answer(tape(call(characters, response={"headers": headers}))).body == b"{}"


def test_compressed_bytes_that_were_read_as_text_are_lost():
    recording, (found,) = read_bytes(tape(call(gzip.compress(b"{}").decode("utf-8", "replace"))))
    assert found.response is None
    assert dict(recording.incomplete) == {"response body in a coding that cannot be undone": 1}


@pytest.mark.parametrize("code", [100, 103])
def test_what_comes_before_an_answer_is_none(code):
    recording, (found,) = read_bytes(tape(call("", response={"status": {"code": code}})))
    assert found.response is None
    assert dict(recording.incomplete) == {"answer not recorded, only what came before it": 1}


GO_VCR = """---
version: 2
interactions:
    - id: 0
      request:
        body: "a=1"
        form: {a: ["1"]}
        headers:
            Authorization:
                - Bearer REDACTED
        url: https://a.example/v1?x=1
        method: POST
      response:
        body: '{}'
        headers:
            Content-Type:
                - application/json
        status: 200 OK
        code: 200
        duration: 2.086618375s
"""
RUBY = """---
http_interactions:
- request: {method: post, uri: "https://a.example/v1?x=1", body: {encoding: UTF-8, string: a=1}, headers: {A: [b]}}
  response: {status: {code: 200, message: OK}, headers: {}, body: {encoding: UTF-8, string: "{}"}}
  recorded_at: Wed, 05 Aug 2026 10:00:00 GMT
recorded_with: VCR 6.0.0
"""
BETAMAX = json.dumps({
    "http_interactions": [{
        "recorded_at": "2026-08-05T10:00:00",
        "request": {"method": "POST", "uri": "https://a.example/v1?x=1", "body": {"string": "a=1"}, "headers": {}},
        "response": {"status": {"code": 200}, "headers": {}, "body": {"base64_string": "e30="}, "url": ""},
    }],
    "recorded_with": "betamax/0.8.1",
})  # fmt: skip
NOCK = json.dumps([{
    "scope": "https://a.example:443",
    "method": "POST",
    "path": "/v1?x=1",
    "body": "a=1",
    "status": 200,
    "response": {},
    "rawHeaders": ["Date", "Wed, 05 Aug 2026 10:00:00 GMT"],
}])  # fmt: skip


@pytest.mark.parametrize(
    ("text", "recorder", "instant"),
    [(GO_VCR, "go-vcr", 0), (RUBY, "VCR for Ruby", START), (BETAMAX, "Betamax", START), (NOCK, "nock", START)],
)
def test_cassettes_of_other_recorders(text, recorder, instant):
    recording, (found,) = read_bytes(text.encode())
    assert recording.format == "cassette"
    assert recording.recorder == recorder
    assert not recording.has_measured_times
    assert found.request.method == "POST"
    assert found.request.headers["host"] == "a.example"
    assert found.request.path == "/v1"
    assert found.request.query == "x=1"
    assert found.request.body == b"a=1"
    assert found.response is not None
    assert found.response.status == 200
    assert found.response.body == b"{}"
    assert found.sent_at == instant


@pytest.mark.parametrize(
    ("call", "status", "body"),
    [
        ({"response": ["7b", "7d"]}, 200, b"{}"),
        ({"response": ["zz"]}, 200, b'["zz"]'),
        ({"response": []}, 200, b"[]"),
        ({"response": "text", "rawHeaders": {"A": "b"}}, 200, b"text"),
        ({"response": ""}, 200, b""),
        ({"status": 7}, None, None),
    ],
)
def test_answers_in_a_recording_of_nock(call, status, body):
    one = {"scope": "https://a.example", "method": "get", "path": "/", "status": 200, **call}
    _, (found,) = read_bytes(json.dumps([one]).encode())
    assert (found.response and found.response.status) == status
    assert (found.response and found.response.body) == body


def test_what_is_no_call_of_nock_is_counted():
    calls = [{"scope": "https://a.example", "path": "/"}, {"scope": "x", "path": "y", "method": "GET"}, 5]
    recording, found = read_bytes(json.dumps(calls).encode())
    assert found == []
    assert dict(recording.skipped) == {"no http call": 3}
    assert NockReader(stats := ReadStats()).read_call(OMITTED) is None
    assert [*stats.unread] == ["interaction over 16 MB"]


@pytest.mark.parametrize("response", [None, {}, {"status": {"code": 7}}, {"status": {}}, "x"])
def test_a_call_without_an_answer(response):
    recording, (found,) = read_bytes(tape({**call(), "response": response}))
    assert found.response is None
    assert found.answered_at is None
    assert recording.unanswered_count == 1


@pytest.mark.parametrize("body", [{"string": [1]}, {"string": "\ud83d"}, 5])
def test_an_answer_whose_body_is_lost_is_a_call_without_an_answer(body):
    recording, (found,) = read_bytes(tape(call(body)))
    assert found.response is None
    assert dict(recording.incomplete) == {"response body in a coding that cannot be undone": 1}


def test_a_request_whose_body_is_lost_stays():
    recording, (found,) = read_bytes(tape(call({"string": ""}, request={"body": [1]})))
    assert found.request.body == b""
    assert dict(recording.incomplete) == {"request body in a coding that cannot be undone": 1}


def test_a_compressed_request():
    coded = {"body": {"base64_string": CODED}, "headers": {"Content-Encoding": ["gzip"]}}
    _, (found,) = read_bytes(tape(call(request=coded)))
    assert found.request.body == b"{}"
    assert dict(found.request.headers) == {"host": "a.example"}


def test_a_body_beyond_the_bound_is_not_kept():
    found = CassetteReader(tally := ReadStats()).read_interaction(call({"string": b"x" * (bodies.MAX_BODY_BYTES + 1)}))
    assert found is not None
    assert found.response is None
    assert dict(tally.incomplete) == {"response body over 10 MB": 1}


@pytest.mark.parametrize(
    "request_",
    [
        None,
        {},
        {"uri": "ftp://x"},
        {"uri": "https://a.example/", "method": 5},
        {"uri": "https://a.example/", "method": "?"},
    ],
)
def test_what_is_no_call_is_counted(request_):
    recording, found = read_bytes(tape({"request": request_}, 5))
    assert found == []
    assert dict(recording.skipped) == {"no http call": 2}


def test_an_interaction_beyond_the_bounds_is_counted():
    assert CassetteReader(tally := ReadStats()).read_interaction(OMITTED) is None
    assert [*tally.unread] == ["interaction over 16 MB"]


def test_instants_are_those_of_the_answers_and_never_fall():
    dates = "Wed, 05 Aug 2026 10:00:00 GMT", "nonsense", "05 Aug 2026 09:00:00 GMT", "05 Xxx 2026 10:00:00 GMT"
    _, found = read_bytes(tape(*(call(response={"headers": {"date": date}}) for date in dates)))
    assert [each.sent_at for each in found] == [START] * 4
    assert [each.sent_seq for each in found] == [1, 3, 5, 7]


def test_aliases_are_followed():
    text = HEAD + CALL % ("null", "&b {string: x}", "&h {A: [&v '1', *v]}", "&s {code: 200}")
    text += CALL % ("null", "*b", "*h", "*s")
    _, found = read_bytes((text + "version: 1\n").encode())
    assert [each.response for each in found] == [(200, (("A", "1"), ("A", "1")), b"x")] * 2


def test_aliases_that_grow_are_not_grown():
    laughs = "".join(f"    x{n}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(30))
    data = yaml().replace(b"version", f"  other:\n    x: &a0 [x]\n{laughs}version".encode())
    assert answer(data).body == b"x"


def test_aliases_that_grow_are_not_grown_where_a_text_belongs():
    laughs = "&a0 [x]\n" + "".join(f"    - &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(30))
    data = yaml(headers="{A: [*a30, 1], ? *a30 : 2}").replace(HEAD.encode(), f"x:\n    - {laughs}{HEAD}".encode())
    assert answer(data).headers == (("A", ""), ("A", "1"))


def test_anchors_are_remembered_within_a_bound(monkeypatch):
    monkeypatch.setattr(yaml_stream, "MAX_ANCHORS", 2)
    text = HEAD + "- &a 1\n- &b 2\n- &c 3\n- *a\nversion: 1\n"
    assert read_problem(text.encode()).message == "the value `&a` stands too far back, or nowhere"


@pytest.mark.parametrize(
    ("text", "code", "words", "line"),
    [
        ("interactions: [1, 2", "REC003", "this is not YAML", 2),
        ("interactions:\n- a: 1\n b: 2", "REC003", "this is not YAML", 3),
        ("interactions: \0", "REC003", "control characters", 0),
        ("interactions:\n- !!binary '?'\n- 1\nversion: 1", "REC003", "not base64", 2),
        ("interactions:\n- *x\nversion: 1", "REC003", "or nowhere", 2),
        ("interactions: 5", "REC005", "`interactions` is not a list", 1),
        ("---\n# nothing\nother: 5\ninteractions : *a", "REC005", "is not a list", 4),
        ("interactions:\n- " + "[" * 70, "REC007", "levels of nesting", 2),
    ],
)
def test_a_broken_cassette_is_refused_with_its_place(text, code, words, line):
    problem = read_problem(text.encode())
    assert problem.code == code
    assert problem.location.line == line
    assert words in problem.message


@pytest.mark.parametrize("text", ["", "- 1", "a: 1", "5", "other: [interactions]"])
def test_what_is_no_cassette_is_refused(text):
    problem = read_problem(text.encode(), "cassette-yaml")
    assert problem.code == "REC005"
    assert problem.message == "there is no `interactions`"


@pytest.mark.parametrize(
    ("response", "body"),
    [
        ("{status: {code: 200}, headers: {}, body: {string: x}}", None),
        ("{status: {code: 200}, headers: {}, parsed_body: {a: 1}}", None),
        ("{body: {string: x}, headers: {}, status: {code: 200}}", b"x"),
        ("{status: {code: 200}, body: {string: x}}\n  recorded_at: x", b"x"),
    ],
)
def test_the_last_body_of_a_file_that_may_have_been_cut_off_is_not_trusted(response, body):
    cut = (
        "version: 2\n" + HEAD + 2 * f'- request: {{method: GET, uri: "https://a.example/v1"}}\n  response: {response}\n'
    )
    recording, (first, last) = read_bytes(cut.encode())
    assert first.response is not None
    assert (last.response and last.response.body) == body
    assert dict(recording.incomplete) == ({} if body else {"response body cut short": 1})
    _, found = read_bytes((cut + "version: 1\n").encode())
    assert None not in [each.response for each in found]


@pytest.mark.parametrize(
    "last", ["- request:\n    method: GE", "- request: {method: GET, uri: 'https://a.example/v1'}"]
)
def test_the_last_call_of_a_file_that_was_cut_off_is_a_problem(last):
    cut = yaml().decode().removesuffix("version: 1\n") + last
    recording, found, (problem,) = read_damaged(cut.encode())
    assert len(found) == 1
    assert problem.code == "REC004"
    assert problem.location.pointer == "/interactions/1"
    assert dict(recording.skipped) == {"interaction cut off at the end of the file": 1}


@pytest.mark.parametrize("keys", ["", "---\n"])
def test_a_cassette_that_was_cut_between_two_calls_is_a_problem(keys):
    recording, found, (problem,) = read_damaged(keys.encode() + yaml().removesuffix(b"version: 1\n"))
    assert len(found) == 1
    assert problem.code == "REC004"
    assert problem.location.pointer == "/interactions/0"
    assert dict(recording.skipped) == {}


@pytest.mark.parametrize("key", ["version: 2", "recorded_with: VCR 6.0.0"])
def test_a_key_before_or_behind_the_calls_is_enough(key):
    calls = yaml().decode().removesuffix("version: 1\n")
    assert len(read_bytes(f"{key}\n{calls}".encode())[1]) == 1
    assert len(read_bytes(f"{calls}{key}\n".encode())[1]) == 1


def test_keys_may_stand_in_any_order_and_a_second_list_is_ignored():
    text = "version: 1\n" + yaml().decode().removesuffix("version: 1\n") + "interactions: [5]\n? [1, 2]\n: 3\n"
    recording, found = read_bytes(text.encode())
    assert len(found) == 1
    assert dict(recording.skipped) == {}


class Bytes:
    """A stream of bytes, for readers that are given no file."""

    def __init__(self, data):
        self.data = data

    def read(self, size):
        taken, self.data = self.data[:size], self.data[size:]
        return taken


def test_a_value_that_swallows_the_file_is_refused():
    with pytest.raises(Exception, match="one value has more than 50000 bytes"):
        list(
            YamlStream(ByteStream(Bytes(yaml(f"'{'x' * 100_000}'")), "x"), max_value=50_000).elements(("interactions",))
        )


WHOLE = yaml("{string: 'é, \"quoted\"'}", headers="{A: ['1', '2']}") + yaml()[len(HEAD) :]


def survives(data):
    """Reading gives calls or our own error; anything else is raised here."""
    with suppress(MockError):
        assert len(read_bytes(data, "cassette-yaml")[1]) <= 2


def test_a_cassette_cut_at_any_byte_never_breaks_us():
    for cut in range(len(WHOLE)):
        survives(WHOLE[:cut])


@given(st.data())
def test_a_cassette_with_any_byte_changed_never_breaks_us(data):
    at = data.draw(st.integers(0, len(WHOLE) - 1))
    survives(bytes((*WHOLE[:at], data.draw(st.integers(0, 255)), *WHOLE[at + 1 :])))


def test_each_interaction_has_its_place():
    data = b"# a comment\n" + yaml("null").removesuffix(b"version: 1\n") + yaml("null")[len(HEAD) :]
    first, second = [each.position for each in read_bytes(data)[1]]
    lines = data.decode().split("\n")
    for spot, pointer in ((first, "/interactions/0"), (second, "/interactions/1")):
        assert spot.pointer == pointer
        assert lines[spot.line - 1].startswith("- request:")
        assert spot.column == 3


def test_an_interaction_of_a_cassette_in_json_has_its_place():
    (found,) = read_bytes(
        b'{"interactions": [null,\n ' + json.dumps(call({"string": "x"})).encode() + b'], "version": 1}'
    )[1]
    assert found.position == (2, 2, "/interactions/1")
