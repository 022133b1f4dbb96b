"""Each kind of fault by itself, and `faults:` in a file."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.instants import HOUR, MINUTE, SECOND
from mockserver.core.job import CANCEL, POLL, Input, Job, JobPlan
from mockserver.core.lifecycle import Lifecycle, Transition
from mockserver.core.media_type import JSON_LINES_TYPES
from mockserver.core.timeline import TimelineStep
from mockserver.core.transmission import NORMAL, ContentCoding, FrameCutoff, Throttle, Transmission
from mockserver.core.wire import Request, Response
from mockserver.errors import MockError
from mockserver.scenario.container_shapes import MappingShape
from mockserver.scenario.faults.compile import FaultContext, parse_fault
from mockserver.scenario.faults.table import DO, FAULT, FAULT_KINDS, WHEN
from mockserver.scenario.nodes import node_to_json
from mockserver.scenario.reader import read_yaml
from mockserver.scenario.timelines import compile_own_timeline
from mockserver.vendors.api import Call
from mockserver.vendors.faults import AffectedCall, FaultCondition, RequestCondition, SeededChoice
from mockserver.vendors.phaseo import VENDOR as PHASEO
from mockserver.vendors.reap import VENDOR as REAP
from mockserver.vendors.twelvelabs import VENDOR as TWELVELABS
from tests.support.paths import ROOT

DRAW = SeededChoice("seed", ("fault-1", "job", "get", 1))
JSON = Response(200, (("Content-Type", "application/json"), ("X-A", "b")), b'{"id": "j1", "progress": 5}')
EMPTY = Response(204)
NOW = 1_000 * SECOND
PAGE = (ROOT / "docs" / "faults.md").read_text()


@pytest.fixture
def effect(vendors):
    """The effect that one writes under `do`."""

    def make(do: str, on: str = "get"):
        era = vendors["acme"].eras[-1]
        if do.startswith("frames"):
            era, on = ERAS["phaseo"], "watch"  # only a websocket has frames
        around = FaultContext((era,), None)
        return parse_fault(node_to_json(read_yaml(f"{{on: {on}, do: {{{do}}}}}")[0]), around).effects[-1]

    return make


def affected(vendor: str = "phaseo", operation: str = "get", **request: object) -> AffectedCall:
    """A call as effects see it."""
    made_call = call(vendor, operation)
    sent = Request("GET", "/", **request)
    return AffectedCall(sent, "j1", "http://x", NOW, DRAW, made_call)


def call(vendor: str, operation: str) -> Call:
    made_call = Call(Request("GET", "/"), NOW, ERAS[vendor], None, None, None, "http://x", "seed", "req_1")
    made_call.operation = ERAS[vendor].operation(operation)
    return made_call


ERAS = {vendor.name: vendor.eras[-1] for vendor in (TWELVELABS, REAP)} | {"phaseo": PHASEO.era("2026-08-10")}
CALL = affected()


# How an answer is sent


@pytest.mark.parametrize(
    ("do", "response", "sending"),
    [
        ("delay: 3s", JSON, Transmission(delay=3 * SECOND)),
        ("drop: before-headers", JSON, Transmission(cut_after=-1, termination="close")),
        ("drop: reset", JSON, Transmission(cut_after=-1, termination="reset")),
        ("drop: mid-body", JSON, Transmission(cut_after=13, termination="close")),
        ("drop: mid-body", EMPTY, Transmission(cut_after=-1, termination="close")),
        ("unheard: close", JSON, Transmission(cut_after=-1, termination="close")),
        ("unheard: reset", JSON, Transmission(cut_after=-1, termination="reset")),
        ("silence: before-headers", JSON, Transmission(cut_after=-1, termination="silence")),
        ("silence: mid-body", JSON, Transmission(cut_after=13, termination="silence")),
        ("drip: {size: 7, every: 10ms}", JSON, Transmission(throttle=Throttle(7, 10_000))),
        ("truncate: 5", JSON, Transmission(cut_after=5, termination="close")),
        ("truncate: 0", JSON, Transmission(cut_after=0, termination="close")),
        ("truncate: 5000", JSON, Transmission(cut_after=26, termination="close")),
        ("truncate: 50%", JSON, Transmission(cut_after=13, termination="close")),
        ("truncate: 0%", JSON, Transmission(cut_after=0, termination="close")),
        ("truncate: 50%", EMPTY, NORMAL),
        ("length: {more: 10}", JSON, Transmission(declared_length=37, termination="close")),
        ("length: {less: 10}", JSON, Transmission(declared_length=17)),
        ("length: {less: 100}", JSON, Transmission(declared_length=0)),
        ("chunked: {}", JSON, Transmission(chunk_size=1024)),
        ("chunked: {size: 7, cut: 50%}", JSON, Transmission(chunk_size=7, cut_after=13, termination="close")),
        ("chunked: {cut: 5}", JSON, Transmission(chunk_size=1024, cut_after=5, termination="close")),
        ("chunked: {cut: 5}", EMPTY, NORMAL),
        ("content_encoding: br", JSON, Transmission(coding=ContentCoding("br", "br"))),
        ("content_encoding: {sends: br}", JSON, Transmission(coding=ContentCoding("gzip", "br"))),
        ("content_encoding: {broken: cut}", JSON, Transmission(coding=ContentCoding("gzip", "gzip", "cut"))),
        (
            "content_encoding: {says: br, broken: checksum}",
            JSON,
            Transmission(coding=ContentCoding("br", "br", "checksum")),
        ),
        ("content_encoding: gzip", EMPTY, NORMAL),
        ("frames: {after: 2}", Response(101), Transmission(frame_cutoff=FrameCutoff(2, "close"))),
        ("frames: {after: 2, then: silence}", Response(101), Transmission(frame_cutoff=FrameCutoff(2, "silence"))),
        ("frames: {after: 2}", JSON, NORMAL),
    ],
)
def test_how_it_is_sent(effect, do, response, sending):
    assert effect(do).transmit(response, NORMAL, DRAW) == sending


def test_delays_add_up(effect):
    assert effect("delay: 3s").transmit(JSON, Transmission(delay=SECOND, cut_after=5), DRAW) == Transmission(
        delay=4 * SECOND, cut_after=5
    )


def delays(made, count=1_000):
    return [made.transmit(JSON, NORMAL, SeededChoice("seed", ("f", "j", "get", n))).delay for n in range(count)]


def test_of_a_range_the_seed_chooses(effect):
    made = effect("delay: 1s..5s")
    assert delays(made) == delays(made)
    assert min(delays(made)) >= SECOND
    assert max(delays(made)) <= 5 * SECOND
    assert len(set(delays(made))) > 900


def test_of_a_bell_most_are_near_its_middle(effect):
    found = delays(effect("delay: {mean: 10s, spread: 2s}"))
    near = [delay for delay in found if abs(delay - 10 * SECOND) <= 2 * SECOND]
    assert 630 < len(near) < 730
    assert abs(sum(found) / len(found) - 10 * SECOND) < SECOND // 4
    assert min(delays(effect("delay: {mean: 1s, spread: 5s}"))) == 0


# What becomes of an answer


@given(body=st.dictionaries(st.text(max_size=3), st.integers(), max_size=3).map(json.dumps) | st.just("[1]"))
@pytest.mark.parametrize("way", ["cut", "comma", "html"])
def test_malformed_is_what_no_parser_accepts(way, body):
    broken = (
        FAULT_KINDS["malformed"]
        .parse(read_yaml(way)[0], read_yaml("{}")[0], None)
        .transform(JSON._replace(body=body.encode()), CALL)
    )
    with pytest.raises(ValueError, match="line 1"):
        json.loads(broken.body)


@pytest.mark.parametrize("way", ["cut", "comma"])
def test_malformed_breaks_an_empty_body_too(effect, way):
    with pytest.raises(ValueError, match="line 1"):
        json.loads(effect(f"malformed: {way}").transform(EMPTY, CALL).body)


def test_another_content_type(effect):
    found = effect("content_type: text/html; charset=utf-8").transform(JSON, CALL)
    assert found == JSON._replace(headers=(("Content-Type", "text/html; charset=utf-8"), ("X-A", "b")))


@pytest.mark.parametrize(
    ("do", "kind", "body"),
    [
        ("charset: {sends: utf-16}", "application/json; charset=utf-8", "é".encode("utf-16")),
        ("charset: {says: iso-8859-1}", "application/json; charset=iso-8859-1", "é".encode()),
        ("charset: {says: utf-8, sends: shift_jis}", "application/json; charset=utf-8", b"?"),
    ],
)
def test_one_charset_declared_another_sent(effect, do, kind, body):
    found = effect(do).transform(Response(200, (("content-type", "application/json; x=y"),), "é".encode()), CALL)
    assert found.headers == (("Content-Type", kind),)
    assert found.body == body


def test_what_is_no_text_is_not_encoded(effect):
    found = effect("charset: {sends: utf-16}").transform(Response(200, (), b"\xff"), CALL)
    assert found == Response(200, (("Content-Type", "application/json; charset=utf-8"),), b"\xff")


@pytest.mark.parametrize(
    ("places", "body"),
    [
        ("{/a: 5}", {"a": 5, "l": [1, {"b": 2}], "m/n~": 3}),
        ("{/new: [x]}", {"a": 1, "l": [1, {"b": 2}], "m/n~": 3, "new": ["x"]}),
        ("{/a: null, /l/0: absent}", {"a": None, "l": [{"b": 2}], "m/n~": 3}),
        ("{/a: absent, /b: absent, /m~1n~0: absent}", {"l": [1, {"b": 2}]}),
        ("{/l/1/b: 7, /l/0: {x: y}}", {"a": 1, "l": [{"x": "y"}, {"b": 7}], "m/n~": 3}),
        ("{/l/2: 5, /l/x: 5, /l/9/b: 5, /a/b: 5, /q/r: 5, /l/0/z: 5}", {"a": 1, "l": [1, {"b": 2}], "m/n~": 3}),
    ],
)
def test_fields_off_contract(effect, places, body):
    response = Response(200, (), b'{"a": 1, "l": [1, {"b": 2}], "m/n~": 3}')
    assert json.loads(effect(f"corrupt: {places}").transform(response, CALL).body) == body


@pytest.mark.parametrize("response", [Response(404, (), b"{}"), Response(200, (), b"no json"), Response(200)])
def test_what_is_no_success_or_no_json_is_not_corrupted(effect, response):
    assert effect("corrupt: {/a: 5}").transform(response, CALL) is response


@pytest.mark.parametrize(
    ("do", "headers"),
    [
        ("{Retry-After: 30}", (("Content-Type", "application/json"), ("X-A", "b"), ("Retry-After", "30"))),
        ("{x-a: absent}", (("Content-Type", "application/json"),)),
        ("{content-type: a/b, X-B: absent}", (("content-type", "a/b"), ("X-A", "b"))),
        (
            "{X-A: '{base}/v/{job}?{{job}}'}",
            (("Content-Type", "application/json"), ("X-A", "http://x/v/j1?{job}")),
        ),
    ],
)
def test_other_headers(effect, do, headers):
    assert effect(f"headers: {do}").transform(JSON, CALL) == JSON._replace(headers=headers)


def test_a_header_that_is_there_twice_is_replaced_once(effect):
    twice = Response(200, (("A", "1"), ("B", "2"), ("a", "3")))
    assert effect("headers: {A: x}").transform(twice, CALL).headers == (("A", "x"), ("B", "2"))


LINES = Response(200, (("Content-Type", "application/jsonl; charset=utf-8"),), b"1\n2\n3\n4\n5\n")


@pytest.mark.parametrize(
    ("do", "count", "same_order"),
    [
        ("{drop: 2}", 3, True),
        ("{drop: 9}", 0, True),
        ("{double: 2}", 7, True),
        ("{drop: 1, double: 9}", 8, True),
        ("{shuffle: true}", 5, False),
        ("{shuffle: true, drop: 2, double: 1}", 4, False),
    ],
)
def test_other_lines(effect, do, count, same_order):
    found = effect(f"lines: {do}").transform(LINES, CALL).body.splitlines()
    assert len(found) == count
    assert (found == sorted(found)) == same_order
    assert set(found) <= set(LINES.body.splitlines())
    assert effect(f"lines: {do}").transform(LINES, CALL).body.splitlines() == found


@pytest.mark.parametrize("name", JSON_LINES_TYPES)
def test_lines_have_many_names(effect, name):
    assert (
        effect("lines: {drop: 4}").transform(LINES._replace(headers=(("Content-Type", name),)), CALL).body in LINES.body
    )


def test_one_line_has_one_order_and_other_bodies_have_no_lines(effect):
    one = LINES._replace(body=b"1\n")
    assert effect("lines: {shuffle: true}").transform(one, CALL) == one
    assert effect("lines: {shuffle: true}").transform(JSON, CALL) is JSON
    assert effect("lines: {shuffle: true}").transform(EMPTY, CALL) is EMPTY
    two = LINES._replace(body=b"1\n2\n")
    for number in range(20):
        other = CALL._replace(choice=SeededChoice("seed", ("f", "j", "results", number)))
        assert effect("lines: {shuffle: true}").transform(two, other).body == b"2\n1\n"


@pytest.mark.parametrize(
    ("do", "headers", "sent"),
    [
        ("range: ignored", {"range": "bytes=5-9", "a": "b"}, {"a": "b"}),
        ("range: {earlier: 3}", {"range": "bytes=5-9"}, {"range": "bytes=2-9"}),
        ("range: {earlier: 9}", {"range": "bytes=5-"}, {"range": "bytes=0-"}),
        ("range: {earlier: 9}", {"range": " bytes=5-6 "}, {"range": "bytes=0-6"}),
        ("range: {earlier: 9}", {"range": "bytes=-5"}, {"range": "bytes=-14"}),
        ("range: {earlier: 9}", {"range": "bytes=-"}, {"range": "bytes=-"}),
        ("range: {earlier: 9}", {"range": "bytes=1-2,5-6"}, {"range": "bytes=1-2,5-6"}),
        ("range: {earlier: 9}", {}, {}),
        ("etag: v1", {"range": "bytes=5-"}, {"range": "bytes=5-"}),
        ("etag: v1", {"range": "bytes=5-", "if-range": '"v1"'}, {"range": "bytes=5-"}),
        ("etag: v1", {"range": "bytes=5-", "if-range": '"v0"'}, {"if-range": '"v0"'}),
    ],
)
def test_the_request_that_the_operation_gets(effect, do, headers, sent):
    assert effect(do).rewrite(Request("GET", "/", headers=headers)).headers == sent


@pytest.mark.parametrize(
    ("status", "if_none_match", "answered"),
    [
        (200, "", 200),
        (206, '"v0"', 206),
        (200, '"v0", "v1"', 304),
        (200, 'W/"v1"', 304),
        (200, "*", 304),
        (404, '"v1"', 404),
    ],
)
def test_an_entity_tag(effect, status, if_none_match, answered):
    asked = affected(headers={"if-none-match": if_none_match})
    found = effect("etag: v1").transform(JSON._replace(status=status), asked)
    assert found.status == answered
    assert found.header("ETag") == (None if status == 404 else '"v1"')
    assert (found.body == b"") is (answered == 304)


def test_a_304_repeats_the_headers_that_caches_need(effect):
    response = JSON._replace(headers=(*JSON.headers, ("Cache-Control", "no-cache"), ("X-Other", "1")))
    found = effect("etag: v1").transform(response, affected(headers={"if-none-match": '"v1"'}))
    assert found.headers == (("Cache-Control", "no-cache"), ("ETag", '"v1"'))


# What a read sees

LIFE = Lifecycle("video", ("queued", "done"), (Transition("queued", "done"),), frozenset({"done"}))
PLAN = JobPlan(LIFE, (TimelineStep("queued"),))


def job(*inputs: Input, created=NOW - MINUTE) -> Job:
    return Job("j1", 1, created, {}, PLAN, inputs)


POLLED, CANCELLED = Input(NOW - 9 * SECOND, 1, POLL), Input(NOW - 3 * SECOND, 2, CANCEL)


def test_stale_is_what_was_the_case_then(effect):
    sight = effect("stale: 5s").override_view(NOW)
    assert sight.now == NOW - 5 * SECOND
    assert sight.alter_job(job(POLLED, CANCELLED)) == job(POLLED)
    assert sight.alter_job(job(created=NOW - 5 * SECOND)) is not None
    assert sight.alter_job(job(created=NOW - 5 * SECOND + 1)) is None
    exactly = CANCELLED._replace(at=NOW - 5 * SECOND)
    assert sight.alter_job(job(exactly)) == job(exactly)


def test_unwritten_is_as_if_no_command_had_been(effect):
    sight = effect("unwritten: 5s").override_view(NOW)
    assert sight.now == NOW
    assert sight.alter_job(job(POLLED, CANCELLED)) == job(POLLED)
    old = CANCELLED._replace(at=NOW - 5 * SECOND)
    assert sight.alter_job(job(old, POLLED)) == job(old, POLLED)


# Another answer


@pytest.mark.parametrize(
    ("do", "header"),
    [
        ("status: 503, retry_after: 30s", "30"),
        ("status: 429, retry_after: 29001ms", "30"),
        ("status: 429, retry_after: 0s", "0"),
        ("status: 503, retry_after: {date: 30s}", "Thu, 01 Jan 1970 00:17:10 GMT"),
        ("status: 503, retry_after: {date: 29001ms}", "Thu, 01 Jan 1970 00:17:10 GMT"),
        ("status: 503", None),
    ],
)
def test_when_to_ask_again(effect, do, header):
    assert effect(do).replace(affected("phaseo", "get")).header("Retry-After") == header


@pytest.mark.parametrize(
    ("vendor", "operation", "status", "body"),
    [
        ("phaseo", "get", 401, {"error": "unauthorised", "reason": "key_expired"}),
        ("phaseo", "get", 429, {"error": "key_limit_exceeded"}),
        ("phaseo", "get", 503, {"error": "upstream_error"}),
        ("twelvelabs", "cancel_task", 401, {"code": "api_key_invalid"}),
        ("twelvelabs", "get", 401, {"code": "api_key_invalid"}),
        ("reap", "cancel", 401, {"detail": "API key has expired"}),
        ("reap", "get", 429, {"detail": "Rate limit exceeded. Please try again later."}),
    ],
)
def test_the_vendors_own_body(effect, vendor, operation, status, body):
    found = effect(f"status: {status}").replace(affected(vendor, operation))
    assert found.status == status
    assert body.items() <= json.loads(found.body).items()


def test_a_create_that_is_limited_has_a_nested_body_at_twelvelabs(effect):
    found = effect("status: 429").replace(affected("twelvelabs", "create"))
    assert json.loads(found.body)["error"]["code"] == "too_many_requests"


def test_an_unheard_request_gets_no_response(effect):
    assert effect("unheard: reset").replace(affected("phaseo", "cancel")).status == 503
    assert effect("drop: reset").replace(affected("phaseo", "cancel")) is None


def test_a_body_of_ones_own(effect):
    found = effect("status: 401, body: {a: 1}").replace(affected("phaseo", "get"))
    assert found.status == 401
    assert found.body == b'{"a":1}'


def test_a_body_with_placeholders(effect):
    found = effect("status: 302, body: {at: '{base}/{job}', same: '{{job}}'}").replace(affected("phaseo", "get"))
    assert json.loads(found.body) == {"at": "http://x/j1", "same": "{job}"}


@pytest.mark.parametrize(
    ("do", "handled"),
    [("status: 503", False), ("status: 503, handled: true", True), ("drop: reset", False), ("unheard: reset", False)],
)
def test_whether_it_takes_effect(effect, do, handled):
    assert effect(do).takes_effect is handled


@pytest.mark.parametrize(
    ("do", "speaks"),
    [("status: 404", True), ("status: 429", False), ("status: 500", False), ("status: 503, body: x", False),
     ("malformed: cut", True), ("content_type: a/b", True), ("charset: {sends: utf-16}", True),
     ("corrupt: {/a: 1}", True),
     ("headers: {A: b}", True), ("lines: {drop: 1}", True), ("range: ignored", False), ("etag: a", False),
     ("stale: 5s", False), ("delay: 5s", False), ("drop: reset", False)],
)  # fmt: skip
def test_what_puts_words_into_the_fakes_mouth(effect, do, speaks):
    assert effect(do).may_break_contract is speaks


# In a file

ONE = "jobs: [{id: 651212e2651212e2651212e2}]\n"
FIVE = 5 * SECOND


def faults(compiled, text: str):
    return compiled(f"{ONE}faults: [{text}]\n").script.faults


@pytest.mark.parametrize(
    ("when", "read"),
    [
        ("", FaultCondition()),
        ("when: {call: 3}", FaultCondition(frozenset({3}))),
        ("when: {poll: [2, 4]}", FaultCondition(frozenset({2, 4}), polls_only=True)),
        ("when: {every: 10, times: 2}", FaultCondition(every=10, times=2)),
        ("when: {between: [5s, 20s]}", FaultCondition(since=FIVE, until=4 * FIVE)),
        ("when: {after: 5s}", FaultCondition(since=FIVE)),
        ("when: {until: 5s}", FaultCondition(until=FIVE)),
        ("when: {after: 5s, until: 1h, rate: 0.25}", FaultCondition(since=FIVE, until=HOUR, rate=0.25)),
        ("when: {rate: 1}", FaultCondition()),
    ],
)
def test_when(compiled, when, read):
    assert faults(compiled, f"{{on: get, do: {{status: 503}}, {when}}}")[0].when == read


@pytest.mark.parametrize(
    ("request_written", "read"),
    [
        ("{headers: {Range: absent, X: 5}}", RequestCondition(headers={"range": "absent", "x": "5"})),
        ("{query: {a: {$like: 'b*'}}}", RequestCondition(query={"a": {"$like": "b*"}})),
        ("{body: {prompt: x}}", RequestCondition(body={"prompt": "x"})),
    ],
)
def test_only_some_requests(compiled, request_written, read):
    text = f"{{on: get, request: {request_written}, do: {{status: 503}}}}"
    assert faults(compiled, text)[0].request == read


def test_a_fault_in_a_file(compiled):
    text = (
        f"{ONE}faults:\n  - on: [get, cancel]\n    job: 651212e2651212e2651212e2\n    do: {{delay: 1s, drop: reset}}\n"
    )
    (fault,) = compiled(text).script.faults
    assert fault.operations == {"get", "cancel"}
    assert fault.job == "651212e2651212e2651212e2"
    assert fault.line == 5
    assert [effect.keyword for effect in fault.effects] == ["delay", "drop"]
    assert fault.source == {
        "on": ["get", "cancel"], "job": "651212e2651212e2651212e2", "do": {"delay": "1s", "drop": "reset"},
    }  # fmt: skip


@pytest.mark.parametrize("on", ["'*'", "['*']", "[get, '*']"])
def test_every_operation(compiled, on):
    assert faults(compiled, f"{{on: {on}, do: {{status: 503}}}}")[0].operations == frozenset()


def test_a_job_by_the_name_that_the_play_gives_it_or_by_any_id(compiled):
    text = "faults: [{on: get, job: film, do: {status: 503}}]\nplay: [{create: , as: film}]\n"
    assert compiled(text).script.faults[0].job == "film"
    text = text.replace("job: film", "job: 000000000000000000000009")
    assert compiled(text).script.faults[0].job == "000000000000000000000009"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("{on: gett, do: {status: 503}}", ["SCN052"]),
        ("{on: [gett, lisst], do: {status: 503}}", ["SCN052", "SCN052"]),
        ("{on: get, do: {}}", ["SCN030"]),
        ("{on: get}", ["SCN021"]),
        ("{do: {status: 503}}", ["SCN021"]),
        ("{on: get, do: {stauts: 503}}", ["SCN020"]),
        ("{on: get, do: {status: 503, drop: reset}}", ["SCN027"]),
        ("{on: get, do: {status: 503, drop: reset, stale: 5s, delay: 1s}}", ["SCN027", "SCN027"]),
        ("{on: get, do: {delay: 5s, body: x}}", ["SCN028"]),
        ("{on: get, do: {headers: {Content-Length: 5}}}", ["SCN023"]),
        ("{on: get, do: {headers: {X: '{jobb}'}}}", ["SCN080"]),
        ("{on: list, do: {headers: {X: '{job}'}}}", ["SCN080"]),
        ("{on: [list, get], do: {headers: {X: '{job}'}}}", ["SCN080"]),
        ("{on: [list, get], do: {headers: {X: '{base} {{job}}'}}}", []),
        ("{on: [create, get], do: {headers: {X: '{job} {base} {{job}}'}}}", []),
        ("{on: create, do: {status: 303, headers: {Location: '{job}'}}}", ["SCN080"]),
        ("{on: create, do: {status: 303, handled: true, headers: {Location: '{job}'}}}", []),
        ("{on: create, do: {status: 409, handled: true, body: {id: '{job}'}}}", []),
        ("{on: create, do: {drop: reset, headers: {X: '{job}'}}}", []),
        ("{on: get, do: {status: 503, headers: {X: '{job}'}}}", []),
        ("{on: '*', do: {status: 302, body: {a: ['{job}']}}}", []),
        ("{on: get, do: {status: 400, body: '{error}'}}", ["SCN080"]),
        ("{on: cancel, do: {range: ignored}}", ["SCN068"]),
        ("{on: get, do: {range: {}}}", ["SCN021"]),
        ("{on: get, do: {range: ignore}}", ["SCN025"]),
        ("{on: get, do: {etag: 'a b'}}", ["SCN023"]),
        ("{on: get, do: {lines: {}}}", ["SCN030"]),
        ("{on: get, do: {chunked: {cut: 100%}}}", ["SCN023"]),
        ("{on: get, do: {chunked: {}, content_encoding: br}}", []),
        ("{on: get, do: {status: 503, content_encoding: {broken: cut}}}", []),
        ("{on: create, request: {body: {webhook: {$absent: true}}}, do: {status: 400}}", []),
        ("{on: create, request: {body: {webhook: {$absent: yes}}}, do: {status: 400}}", ["SCN082"]),
        ("{on: get, do: {content_encoding: zip}}", ["SCN025"]),
        ("{on: get, do: {content_encoding: {broken: up}}}", ["SCN025"]),
        ("{on: get, request: {}, do: {status: 503}}", ["SCN030"]),
        ("{on: get, request: {headers: {'a b': x}}, do: {status: 503}}", ["SCN023"]),
        ("{on: get, request: {query: {a: {$lik: x}}}, do: {status: 503}}", ["SCN082"]),
        ("{on: create, request: {body: [5]}, do: {status: 503}}", ["SCN022"]),
        ("{on: get, do: {delay: 5}}", ["SCN026"]),
        ("{on: get, do: {delay: 5s..1s}}", ["SCN065"]),
        ("{on: get, do: {delay: {mean: 5s}}}", ["SCN021"]),
        ("{on: get, do: {drop: rest}}", ["SCN025"]),
        ("{on: get, do: {status: 101}}", ["SCN024"]),
        ("{on: get, do: {length: {more: 1, less: 2}}}", ["SCN027"]),
        ("{on: get, do: {length: 5}}", ["SCN022"]),
        ("{on: get, do: {truncate: 100%}}", ["SCN023"]),
        ("{on: get, do: {corrupt: {progress: 5}}}", ["SCN023"]),
        ("{on: get, do: {status: 503}, when: {rate: 0}}", ["SCN024"]),
        ("{on: get, do: {status: 503}, when: {rate: 1.5}}", ["SCN024"]),
        ("{on: get, do: {status: 503}, when: {rate: .nan}}", ["SCN011"]),
        ("{on: get, do: {status: 503}, when: {rate: often}}", ["SCN022"]),
        ("{on: get, do: {status: 503}, when: {rate: true}}", ["SCN022"]),
        ("{on: get, do: {status: 503}, when: {}}", ["SCN030"]),
        ("{on: get, do: {status: 503}, when: {call: 1, poll: 1}}", ["SCN027"]),
        ("{on: get, do: {status: 503}, when: {every: 1}}", ["SCN024"]),
        ("{on: get, do: {status: 503}, when: {between: [5s]}}", ["SCN030"]),
        ("{on: get, do: {status: 503}, when: {between: [5s, 5s]}}", ["SCN068"]),
        ("{on: get, do: {status: 503}, when: {after: 5s, until: 1s}}", ["SCN068"]),
        ("{on: get, do: {status: 503}, when: {until: 0s}}", ["SCN068"]),
        ("{on: get, do: {status: 503}, when: {until: 999999999999d}}", ["SCN065"]),
        ("{on: get, do: {status: 503}, when: {call: [3, 5], every: 2}}", ["SCN068"]),
        ("{on: get, do: {status: 503}, when: {call: [3, 4], every: 2}}", []),
        ("{on: [get, cancel], do: {status: 503}, when: {poll: 2}}", ["SCN068"]),
        ("{on: [get, cancel], do: {stale: 5s}}", ["SCN068"]),
        ("{on: create, job: 651212e2651212e2651212e2, do: {status: 503}}", ["SCN068"]),
        ("{on: get, job: nobody, do: {status: 503}}", ["SCN053"]),
    ],
)
def test_faults_that_make_no_sense(codes, fault, expected):
    assert codes(f"{ONE}faults: [{fault}]\n") == expected


@pytest.mark.parametrize(
    ("fault", "message", "hint"),
    [
        ("{on: gett, do: {status: 503}}", "acme has no operation 'gett' (did you mean 'get'?)", "`*` is all"),
        ("{on: get, do: {status: 503}, when: {rate: 0}}", "found the number 0", "Leave the fault out"),
        ("{on: get, do: {status: 503}, when: {rate: 2}}", "found the number 2", "write 0.5"),
        ("{on: get, do: {status: 503}, when: {until: 0s}}", "nothing lies between the start and 0s", "window"),
        ("{on: get, do: {status: 503}, when: {between: [9s, 5s]}}", "nothing lies between 9s and 5s", "window"),
        ("{on: cancel, do: {stale: 5s}}", "`stale` affects reads, and `cancel` is not one", "get, list"),
        ("{on: get, do: {frames: {after: 1}}}", "`get` opens no websocket", "Those that do: none."),
        ("{on: cancel, do: {drop: reset}, when: {poll: 1}}", "`cancel` is not a poll", "`call` counts"),
        ("{on: create, job: 651212e2651212e2651212e2, do: {drop: reset}}", "not about a single job", "`job`"),
        ("{on: get, job: nobody, do: {status: 503}}", "no job has the name or id 'nobody'", "Jobs: 651212e265"),
    ],
)  # fmt: skip
def test_what_is_wrong_and_how_to_fix_it(compiled, fault, message, hint):
    with pytest.raises(MockError) as caught:
        faults(compiled, fault)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert hint in problem.hint
    assert problem.location.line == 4


@pytest.mark.parametrize(
    ("first", "second", "hidden"),
    [
        ("on: get, do: {status: 503}", "on: get, do: {drop: reset}", True),
        ("on: '*', do: {status: 503}", "on: get, when: {call: 2}, do: {drop: reset}", True),
        ("on: [get, list], do: {status: 503}", "on: list, do: {drop: reset}", True),
        ("on: get, do: {status: 503}", "on: [get, list], do: {drop: reset}", False),
        ("on: get, do: {status: 503}", "on: '*', do: {drop: reset}", False),
        ("on: get, when: {call: 1}, do: {status: 503}", "on: get, do: {drop: reset}", False),
        ("on: get, request: {headers: {A: b}}, do: {status: 503}", "on: get, do: {drop: reset}", False),
        ("on: get, job: 651212e2651212e2651212e2, do: {status: 503}", "on: get, do: {drop: reset}", False),
        ("on: get, do: {delay: 1s}", "on: get, do: {drop: reset}", False),
        ("on: get, do: {status: 503}", "on: get, do: {headers: {A: b}}", False),
        ("on: '*', do: {stale: 5s}", "on: cancel, do: {drop: reset}", False),
    ],
)
def test_a_fault_behind_one_that_always_acts(codes, first, second, hidden):
    assert codes(f"{ONE}faults: [{{{first}}}, {{{second}}}]\n") == (["SCN068"] if hidden else [])


def test_without_any_job_the_hint_says_how_to_name_one(compiled):
    with pytest.raises(MockError) as caught:
        compiled("faults: [{on: get, job: nobody, do: {status: 503}}]\nplay: [create: ]\n")
    assert "`as:`" in caught.value.problems[0].hint


def test_unknown_jobs_are_not_looked_up(codes):
    assert codes("jobs: [{id: 5}]\nfaults: [{on: get, job: nobody, do: {status: 503}}]\n") == ["SCN048"]


# At run time, and on the page


def test_a_fault_by_itself_is_refused_whole(vendors):
    with pytest.raises(MockError) as caught:
        parse_fault({"on": "gett", "do": {"delay": "5s..1s"}}, FaultContext((vendors["acme"].eras[-1],), None))
    assert [problem.code for problem in caught.value.problems] == ["SCN052", "SCN065"]


def test_a_fault_by_itself_stands_in_no_line(vendors):
    assert parse_fault({"on": "get", "do": {"status": 503}}, FaultContext((vendors["acme"].eras[-1],), None)).line == 0


def test_one_of_several_vendors_is_enough_to_know_an_operation(vendors):
    eras = tuple(vendor.eras[-1] for vendor in vendors.values())
    assert parse_fault({"on": "get_batch", "do": {"status": 503}}, FaultContext(eras, None)).operations == {"get_batch"}


@pytest.mark.parametrize("word", FAULT_KINDS.values(), ids=lambda word: word.keyword)
def test_the_page_shows_each_fault_by_its_example(word, effect):
    assert isinstance(effect(word.example), word)
    assert f"### {word.keyword}\n" in PAGE
    assert word.example in PAGE.partition(f"### {word.keyword}\n")[2].partition("\n###")[0]


def test_the_page_shows_no_fault_that_there_is_not():
    assert re.findall(r"^### (\w+)$", PAGE, re.MULTILINE) == list(FAULT_KINDS)


@pytest.mark.parametrize("key", [field.name for table in (FAULT, WHEN, DO) for field in table.fields])
def test_the_page_names_each_key(key):
    assert f"`{key}`" in PAGE or f"`{key}:" in PAGE


def test_each_key_of_do_belongs_to_a_fault():
    assert isinstance(DO, MappingShape)
    beside = {field.name for word in FAULT_KINDS.values() for field in word.extra_fields}
    assert {field.name for field in DO.fields} == {*FAULT_KINDS, *beside}


def test_a_misspelt_operation_is_reported_beside_another_mistake(codes):
    late = "when: {call: 0}, do: {drop: reset}"
    assert codes(f"faults: [{{on: gett, {late}}}]\n") == ["SCN052", "SCN024"]
    assert codes(f"faults: [{{on: get, {late}}}]\n") == ["SCN024"]
    assert codes(f"faults: [{{on: [], {late}}}, 5]\n") == ["SCN030", "SCN024", "SCN022"]
    assert codes(f"faults: [{{{late}}}]\n") == ["SCN021", "SCN024"]


# What holds for a kind as a whole


@pytest.mark.parametrize(
    ("flag", "keywords"),
    [
        ("combinable", {"headers", "delay", "length", "etag", "content_encoding"}),
        ("reads_only", {"range", "etag", "stale", "unwritten"}),
        ("websockets_only", {"frames"}),
        (
            "trustworthy",
            {"status", "headers", "delay", "drip", "malformed", "content_type", "charset", "corrupt", "frames"},
        ),
    ],
)
def test_the_kinds_that(flag, keywords):
    assert {keyword for keyword, kind in FAULT_KINDS.items() if getattr(kind, flag)} == keywords


@pytest.mark.parametrize(
    ("do", "low", "high"),
    [
        ("chunked: {size: N}", 1, 1_000_000),
        ("chunked: {cut: N}", 0, 10_000_000),
        ("truncate: N", 0, 10_000_000),
        ("range: {earlier: N}", 1, 1_000_000),
        ("length: {more: N}", 1, 1_000_000),
        ("length: {less: N}", 1, 1_000_000),
        ("drip: {size: N, every: 1s}", 1, 1_000_000),
        ("status: N", 200, 599),
    ],
)
def test_the_numbers_that_a_fault_takes(effect, do, low, high):
    for number in (low, high):
        assert effect(do.replace("N", str(number)))
    for number in (low - 1, high + 1):
        with pytest.raises(MockError) as caught:
            effect(do.replace("N", str(number)))
        assert caught.value.problems[0].code == "SCN024"


def test_an_operation_of_no_vendor_in_use_may_be_one_of_another(vendors):
    for eras, is_told in ((PHASEO.eras[-1:], False), ((PHASEO.eras[-1], REAP.eras[-1]), True)):
        with pytest.raises(MockError) as caught:
            parse_fault({"on": "submit", "do": {"status": 503}}, FaultContext(tuple(eras), None))
        assert ("name the vendor" in caught.value.problems[0].hint) is is_told


def test_a_vendors_own_timeline_has_no_line_of_a_scenario():
    node, diagnostics = read_yaml("[queued: 2s, processing: 5s, completed]")
    steps = compile_own_timeline(node, REAP.eras[-1].main_kind.lifecycle, diagnostics)
    assert [step.state for step in steps] == ["queued", "processing", "completed"]
    assert {step.line for step in steps} == {0}
