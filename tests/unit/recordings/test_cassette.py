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
from mockserver.recordings.read_stats import ReadStats
from mockserver.recordings.source import ByteStream
from mockserver.recordings.yaml_stream import YamlStream
from tests.support.har_files import START, read_bytes, read_problem

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
    assert dict(tally.skipped) == {"interaction over 16 MB": 1}


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
        ("interactions:\n- {}\n", "REC004", "lacks its `version`", 3),
        ("interactions: []\n", "REC004", "lacks its `version`", 2),
    ],
)
def test_a_broken_cassette_is_refused_with_its_place(text, code, words, line):
    problem = read_problem(text.encode())
    assert problem.code == code
    assert problem.location.line == line
    assert words in problem.message


@pytest.mark.parametrize("text", ["", "- 1", "a: 1", "5", "other: [interactions]"])
def test_what_is_no_cassette_is_refused(text):
    problem = read_problem(text.encode(), "cassette")
    assert problem.code == "REC005"
    assert problem.message == "there is no `interactions`"


def test_the_last_call_of_a_file_that_was_cut_off_is_not_trusted():
    calls = CALL % ("null", "{string: x}", "{}", "{code: 200}") * 2
    elements = YamlStream(ByteStream(Bytes((HEAD + calls).encode()), "x")).elements(("interactions",))
    assert next(elements)[1]["request"]["method"] == "GET"
    with pytest.raises(MockError, match="REC004"):
        next(elements)


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
        assert len(read_bytes(data, "cassette")[1]) <= 2


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
