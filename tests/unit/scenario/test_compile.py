"""What the words of the language become."""

import runpy
import subprocess
import sys

import pytest

from mockserver.core.clock import ClockMode
from mockserver.core.instants import DAY, HOUR, MINUTE, SECOND
from mockserver.core.ratelimit import RateLimit
from mockserver.core.timeline import NO_END, Manual, Polls, Timed, TimelineStep
from mockserver.errors import MockError
from mockserver.scenario import schema
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.limits import format_limit, parse_limits
from mockserver.scenario.model import ClockSettings, Scenario
from mockserver.vendors.script import CancelScript, ItemScript, Script, ScriptedResponse, SeededJob, TimelineRule

WHOLE = """\
# A comment, and the editor's line
language: 1
scenario: slow-render
title: A render that takes its time
source: "Jobs may take a while."
vendor: acme@2026-05-20
seed: 42
clock: {start: 2026-05-06T12:00:00Z, mode: manual}
jobs:
  - id: 651212e2651212e2651212e2
    age: 1h
    fields: {model: m1}
    body: {prompt: a cat}
    timeline: [processing]
  - kind: batch
    items: [{count: 2, for: 5s..30s, queued: 1s}]
timelines:
  - match: {prompt: fails}
    timeline: [queued: 1s, processing: {for: 2 polls, progress: 50}, failed: {fields: {error: {code: 7}}}]
timeline:
  - queued: 2s
  - processing: {for: 1m30s, progress: 5..95, fields: {eta: 3}}
  - completed
cancel:
  from: [queued]
  accept: cancelled
  refuse: {status: 409, body: {error: too late}, headers: {Retry-After: 5}}
fields: {size: 1280x720}
limits: {create: 10/1m, "*": off, active: 5}
off_contract: {T12: the page says otherwise}
play:
  - get: {status: 200}
catches: a client that gives up
"""


@pytest.fixture(scope="module")
def whole(vendors) -> Scenario:
    return load_scenario(WHOLE, vendors, file="whole.yaml")


def test_the_words_about_the_file(whole):
    assert whole.name == "slow-render"
    assert whole.vendor == "acme"
    assert whole.date == "2026-05-20"
    assert whole.seed == "42"
    assert whole.title == "A render that takes its time"
    assert whole.source == "Jobs may take a while."
    assert whole.catches == "a client that gives up"
    assert whole.path == "whole.yaml"
    assert whole.text == WHOLE
    assert whole.clock == ClockSettings(1778068800 * SECOND, ClockMode(0.0))
    assert whole.off_contract == {"T12": "the page says otherwise"}
    assert len(whole.play) == 1


def test_the_script(whole):
    script = whole.script
    assert script.name == "slow-render"
    assert script.fields == {"video": {"size": "1280x720"}}
    assert script.limits == {"create": RateLimit(10, MINUTE), "*": None}
    assert script.active_limits == {"*": 5}
    assert script.cancels["video"] == CancelScript(
        frozenset({"queued"}),
        (TimelineStep("cancelled", line=26),),
        ScriptedResponse(409, {"error": "too late"}, (("Retry-After", "5"),)),
        line=24,
        refuse_line=27,
    )


def test_the_courses_with_the_picked_one_first(whole):
    assert whole.script.timeline_rules == (
        TimelineRule(
            (
                TimelineStep("queued", Timed(SECOND), line=19),
                TimelineStep("processing", Polls(2), (50, 50), line=19),
                TimelineStep("failed", NO_END, fields={"error": {"code": 7}}, line=19),
            ),
            {"prompt": "fails"},
            kind="video",
        ),
        TimelineRule(
            (
                TimelineStep("queued", Timed(2 * SECOND), line=21),
                TimelineStep("processing", Timed(90 * SECOND), (5, 95), {"eta": 3}, 22),
                TimelineStep("completed", line=23),
            ),
            kind="video",
        ),
    )


def test_the_seeded_jobs(whole):
    assert whole.script.jobs == (
        SeededJob(
            "651212e2651212e2651212e2",
            "video",
            (TimelineStep("processing", line=14),),
            fields={"model": "m1"},
            body={"prompt": "a cat"},
            age=HOUR,
        ),
        SeededJob(kind="batch", items=(ItemScript(2, queued=(SECOND, SECOND), work=(5 * SECOND, 30 * SECOND)),)),
    )


def test_the_least_that_is_a_scenario(vendors):
    scenario = load_scenario(b"scenario: s\nvendor: acme\n", vendors)
    assert scenario == Scenario("s", "acme", seed="1", script=Script(name="s"), path="scenario", text=scenario.text)


def test_a_file(vendors, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_bytes(b"\xef\xbb\xbfscenario: s\nvendor: acme\n")
    assert load_scenario(path, vendors).path == str(path)


@pytest.mark.parametrize("name", ["501", "1.5", "true", "a+b", "x_1.y-2"])
def test_a_name_is_the_text_of_the_file(name, vendors):
    assert load_scenario(f"scenario: {name}\nvendor: acme\n", vendors).name == name


@pytest.mark.parametrize("name", ["-5", "a#b", "a b", "é", "[a]", "''", "a/b", "x" * 101])
def test_names_that_could_not_stand_in_a_key_or_path(name, vendors):
    with pytest.raises(MockError):
        load_scenario(f"scenario: {name}\nvendor: acme\n", vendors)


@pytest.mark.parametrize(
    ("written", "stay"),
    [
        ("30s", Timed(30 * SECOND)), ("1m30s", Timed(90 * SECOND)), ("8h", Timed(8 * HOUR)), ("30d", Timed(30 * DAY)),
        ("250ms", Timed(SECOND // 4)), ("0s", Timed(0)), ("1 poll", Polls(1)), ("3 polls", Polls(3)),
        ("manual", Manual()),
        ("{for: manual}", Manual()),
    ],
)  # fmt: skip
def test_stays(written, stay, compiled):
    timeline = compiled(f"timeline:\n  - queued: {written}\n  - processing\n").script.timeline_rules[0].timeline
    assert timeline[0].stay == stay


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("30", "SCN026"), ("1.5", "SCN026"), ("0 polls", "SCN023"), ("5s..30s", "SCN023"), ("", "SCN022"),
        ("30 s", "SCN023"),
        ("10:30", "SCN023"), ("yes", "SCN023"), ("true", "SCN022"), ("[1s]", "SCN022"), ("{}", "SCN030"),
        ("{for: 5}", "SCN026"),
        ("{for: 1s, progress: 101}", "SCN024"), ("{for: 1s, progress: 5..101}", "SCN023"),
        ("{for: 1s, progress: 5.5}", "SCN022"),
        ("{for: 1s, progress: 007}", "SCN011"), ("{for: 1s, progress: -5..7}", "SCN023"), ("{progress: 5}", "SCN047"),
        ("36501d", "SCN065"), ("{for: 1s, fields: 5}", "SCN022"), ("'30'", "SCN023"), ("30s\u0661", "SCN023"),
    ],
)  # fmt: skip
def test_no_stays(written, code, codes):
    assert codes(f"timeline:\n  - queued: {written}\n  - processing\n") == [code]


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("real", ClockSettings(None, ClockMode(1.0))), ("manual", ClockSettings(None, ClockMode(0.0))),
        ("x60", ClockSettings(None, ClockMode(60.0))), ("{mode: x0.5}", ClockSettings(None, ClockMode(0.5))),
        ("auto", ClockSettings(None, ClockMode(0.0, 5 * SECOND))),
        ("{auto: 30s}", ClockSettings(None, ClockMode(0.0, 30 * SECOND))),
        ("{start: 1970-01-01T00:00:01+00:00}", ClockSettings(SECOND, None)),
    ],
)  # fmt: skip
def test_clocks(written, clock, compiled):
    assert compiled(f"clock: {written}\n").clock == clock


@pytest.mark.parametrize(
    ("written", "code"),
    [("x0", "SCN065"), ("{mode: x0.000}", "SCN065"), ("fast", "SCN023"), ("60", "SCN022"), ("{}", "SCN030"),
     ("{start: 2026-05-06}", "SCN023"), ("{start: 2026-02-30T00:00:00Z}", "SCN065"),
     ("{start: 1969-12-31T23:59:59Z}", "SCN065"), ("{auto: 0s}", "SCN065"), ("{auto: 5}", "SCN026"),
     ("{auto: 5s, mode: real}", "SCN027")],
)  # fmt: skip
def test_no_clocks(written, code, codes):
    assert codes(f"clock: {written}\n") == [code]


@pytest.mark.parametrize("name", ["Content-Length", "content-length", "TRANSFER-encoding", "a b"])
def test_a_response_states_its_length_once(name, codes):
    assert codes(f"cancel: {{refuse: {{status: 400, headers: {{{name}: '5'}}}}}}\n") == ["SCN023"]
    assert codes(f"faults: [{{on: get, do: {{status: 503, headers: {{{name}: '5'}}}}}}]\n") == ["SCN023"]


@pytest.mark.parametrize(
    ("written", "item"),
    [
        ("{count: 3.0}", ItemScript(3)),
        ("{for: 20s, outcome: broken}", ItemScript(work=(20 * SECOND, 20 * SECOND), outcome="broken")),
        (
            "{outcome: broken, error: {code: 501, message: no, more: [1]}}",
            ItemScript(outcome="broken", fields={"error": {"code": 501, "message": "no", "more": [1]}}),
        ),
        ("{data: }", ItemScript(fields={"data": None})),
        (
            "{count: 2, timeline: [waiting: 1s, working: 2 polls, ready]}",
            ItemScript(
                2,
                (
                    TimelineStep("waiting", Timed(SECOND), line=3),
                    TimelineStep("working", Polls(2), line=3),
                    TimelineStep("ready", line=3),
                ),
            ),
        ),
    ],
)
def test_items(written, item, compiled):
    assert compiled(f"items: [{written}]\n", "mill").script.items == (item._replace(kind="batch"),)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{outcome: waiting}", "SCN051"), ("{outcome: brokn}", "SCN043"), ("{for: 30s..5s}", "SCN065"),
        ("{for: 30}", "SCN026"),
        ("{for: 3 polls}", "SCN023"), ("{count: 0}", "SCN024"), ("{timeline: [waiting], for: 5s}", "SCN027"),
        ("{timeline: [pending]}", "SCN043"), ("{for: 36501d}", "SCN065"), ("5", "SCN022"),
        ("{error: {code: [1]}}", "SCN022"),
        ("{outcome: [x]}", "SCN022"),
    ],
)  # fmt: skip
def test_no_items(written, code, codes):
    assert codes(f"items: [{written}]\n", "mill") == [code]


def test_a_batch_has_a_timeline_or_items(codes, compiled):
    assert compiled("timeline: [pending: 1s, running: 5s, done]\n", "mill").script.timeline_rules
    assert codes("timeline: [pending]\nitems: [{}]\n", "mill") == ["SCN027"]
    assert codes("timelines: [{match: {a: 1}, timeline: [pending]}]\nitems: [{}]\n", "mill") == ["SCN027"]
    assert codes("jobs: [{timeline: [pending], items: [{}]}]\n", "mill") == ["SCN027"]


def test_items_exclude_a_timeline_of_their_own_kind_only(codes):
    batches = "timelines: [{kind: batch, timeline: [pending]}]\n"
    assert codes(batches + "items: [{}]\n") == ["SCN027"]
    assert codes("timeline: [queued]\nitems: [{}]\n") == []
    assert codes("timeline: [queued]\nitems: [{}]\n", "acme@2026-01-01") == ["SCN050"]


def test_timelines_of_another_kind(codes, compiled):
    rules = compiled(
        "timelines:\n"
        "  - {kind: batch, match: {a: 1}, timeline: [pending]}\n"
        "  - {kind: batch, timeline: [pending: 5s, running]}\n"
        "timeline: [queued]\n"
    ).script.timeline_rules
    assert [(rule.kind, rule.is_default) for rule in rules] == [("batch", False), ("batch", True), ("video", True)]
    assert codes("timelines: [{kind: bath, timeline: [pending]}]\n") == ["SCN042"]
    assert codes("timelines: [{kind: batch, timeline: [queued]}]\n") == ["SCN043"]
    assert codes("timelines: [{kind: video, timeline: [queued]}]\n") == ["SCN021"]
    same = "{match: {a: 1}, timeline: [queued]}, {kind: batch, match: {a: 1}, timeline: [pending]}"
    assert codes(f"timelines: [{same}]\n") == []


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{gte: 10/1m}", "SCN052"), ("{get: 10}", "SCN026"), ("{get: 10/0s}", "SCN065"),
        ("{get: 10/99999d}", "SCN065"),
        ("{active: 0}", "SCN024"), ("{active: none}", "SCN025"), ("{get: 0/1m}", "SCN023"),
        ("{active: {video: 0}}", "SCN024"), ("{active: {bath: 2}}", "SCN042"), ("{active: [2]}", "SCN022"),
        ("{active: {video: 2}}", "SCN087"),
        ("{Get it: off}", "SCN052"), ("{get: {bucket: 5}}", "SCN021"), ("{get: {bucket: 0, refill: 1/1s}}", "SCN024"),
        ("{get: {bucket: 5, refill: 1/0s}}", "SCN065"), ("{get: {bucket: 5, refill: off}}", "SCN023"),
    ],
)  # fmt: skip
def test_no_limits(written, code, codes):
    assert codes(f"limits: {written}\n") == [code]


def test_any_number_of_jobs_may_be_active(compiled):
    assert compiled("limits: {active: off}\n").script.active_limits == {"*": 0}
    assert compiled("limits: {get: 1/1s}\n").script.active_limits == {}
    assert compiled("limits: {active: {}}\n").script.active_limits == {}


def test_the_jobs_that_may_be_active_are_limited_by_kind(compiled):
    limits = compiled("limits: {active: {video: off, batch: 2}}\n").script.active_limits
    assert limits == {"video": 0, "batch": 2}


def test_a_bucket_of_tokens(compiled):
    limits = compiled("limits: {get: {bucket: 10, refill: 1/6s}, '*': {bucket: 3, refill: 5/1m}}\n").script.limits
    assert limits == {"get": RateLimit(10, 6 * SECOND, 1), "*": RateLimit(3, MINUTE, 5)}


@pytest.mark.parametrize("limit", ["off", "10/1m", {"bucket": 3, "refill": "2/1m30s"}])
def test_limits_are_written_as_they_are_read(limit, vendors):
    limits, _ = parse_limits({"get": limit}, vendors["acme"].eras[-1])
    assert format_limit(limits["get"]) == limit


def test_limits_by_themselves(vendors):
    era = vendors["acme"].eras[-1]
    assert parse_limits({"get": "2/1m", "active": 5}, era) == ({"get": RateLimit(2, MINUTE)}, {"*": 5})
    assert parse_limits({}, era) == ({}, {})
    for wrong in ({"gte": "2/1m"}, {"get": "2/0s"}, []):
        with pytest.raises(MockError):
            parse_limits(wrong, era)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{id: }", "SCN022"), ("{kind: 5}", "SCN042"), ("{kind: [x]}", "SCN022"), ("{age: 1}", "SCN026"),
        ("{age: 36501d}", "SCN065"),
        ("{kind: batch, timeline: [queued]}", "SCN043"), ("{kind: batch, id: 651212e2651212e2651212e2}", "SCN048"),
        ("{items: [{}]}", "SCN050"), ("{fields: []}", "SCN022"), ("x", "SCN022"), ("{kind: bath, id: b-1}", "SCN042"),
        ("{id: '651212e2651212e2651212e2\\n'}", "SCN048"),
    ],
)  # fmt: skip
def test_no_jobs(written, code, codes):
    quoted = written.replace("'", '"')
    assert codes(f"jobs: [{quoted}]\n") == [code]


def test_two_kinds_may_share_an_id_and_two_jobs_may_have_none(compiled):
    assert len(compiled("jobs: [{}, {}, {kind: batch, id: b-1}]\n").script.jobs) == 3


@pytest.mark.parametrize(
    ("written", "codes_found"),
    [
        ("[{match: {a: 1}}]", ["SCN021"]),
        ("[{timeline: [queued]}]", ["SCN021"]),
        ("[{match: {a: 1}, timeline: [qeued]}, {match: 5, timeline: [queued]}, 7]", ["SCN043", "SCN022", "SCN022"]),
        ("[]", ["SCN030"]),
    ],
)
def test_no_timelines(written, codes_found, codes):
    assert codes(f"timelines: {written}\n") == codes_found


@pytest.mark.parametrize(
    ("entries", "codes_found"),
    [
        ("{match: {a: 1}, timeline: [queued]}, {match: {a: 1}, timeline: [queued]}", ["SCN069"]),
        ("{match: {a: 1}, timeline: [queued]}, {match: {a: 1, b: 2}, timeline: [queued]}", ["SCN069"]),
        ("{match: {a: 1, b: 2}, timeline: [queued]}, {match: {a: 1}, timeline: [queued]}", []),
        ("{match: {a: 1}, timeline: [queued]}, {match: {a: 1}, call: 2, timeline: [queued]}", ["SCN069"]),
        ("{match: {a: 1}, call: 2, timeline: [queued]}, {match: {a: 1}, timeline: [queued]}", []),
        ("{match: {a: 1}, call: [1, 2], timeline: [queued]}, {match: {a: 1}, call: 2, timeline: [queued]}", ["SCN069"]),
        ("{match: {a: 1}, call: 2, timeline: [queued]}, {match: {a: 1}, call: [2, 3], timeline: [queued]}", []),
        ("{match: {a: 1}, call: 2, timeline: [queued]}, {match: {a: 1, b: 1}, call: 2, timeline: [queued]}", []),
        ("{call: 2, timeline: [queued]}, {call: 2, timeline: [queued]}", ["SCN069"]),
        ("{call: 2, timeline: [queued]}, {match: {a: 1}, timeline: [queued]}", []),
        ("{call: 0, timeline: [queued]}", ["SCN024"]),
    ],
)
def test_a_timeline_that_no_create_gets(entries, codes_found, codes):
    assert codes(f"timelines: [{entries}]\n") == codes_found


def test_timelines_by_number(compiled):
    rules = compiled("timelines: [{call: [2, 4], timeline: [queued]}]\n").script.timeline_rules
    assert [(rule.match, rule.calls, rule.is_default) for rule in rules] == [(None, {2, 4}, False)]


@pytest.mark.parametrize("rule", ["t12", "T", "12", "T 12", "T12A", "T12ab"])
def test_off_contract_names_rules(rule, codes):
    assert codes(f"off_contract: {{{rule}: why}}\n") == ["SCN023"]


def test_off_contract_wants_a_reason(codes):
    assert codes("off_contract: {T12: }\n") == ["SCN022"]
    assert codes("off_contract: {T12: ''}\n") == ["SCN023"]


def test_all_halves_of_the_check_speak_in_one_run(codes):
    head = "titel: x\ntimeline:\n  - queued: 30\n  - procesing: 1s\nlimits: {gte: 1/1s}\n"
    assert codes(head + "play:\n  - {gett: , job: z}\n  - get:\n") == [
        "SCN020",
        "SCN026",
        "SCN043",
        "SCN052",
        "SCN052",
        "SCN058",
    ]


def test_a_bad_vendor_does_not_hide_the_rest(vendors):
    with pytest.raises(MockError) as caught:
        load_scenario("scenario: s\nvendor: acme@2026-02-30\ntitel: x\n", vendors)
    assert [problem.code for problem in caught.value.problems] == ["SCN065", "SCN020"]
    with pytest.raises(MockError) as caught:
        load_scenario("scenario: s\nvendor: 5\n", vendors)
    assert [problem.code for problem in caught.value.problems] == ["SCN022"]
    with pytest.raises(MockError, match="Vendors: none"):
        load_scenario("scenario: s\nvendor: acme\n", {})


def test_a_date_pins_the_newest_era_not_later(vendors):
    assert load_scenario("scenario: s\nvendor: acme@2026-05-05\njobs: [{kind: video}]\n", vendors).date == "2026-05-05"
    with pytest.raises(MockError, match="Its eras begin on 2026-01-01, 2026-05-06"):
        load_scenario("scenario: s\nvendor: acme@2025-05-05\n", vendors)


def test_the_language_has_a_version(codes):
    assert codes("language: 1\n") == []
    assert codes("language: 2\n") == ["SCN024"]


def test_reading_scenarios_loads_no_validator():
    heavy = "{'jsonschema', 'jsonschema_rs', 'aiohttp', 'click', 'schemathesis'}"
    code = f"import sys, mockserver.scenario.compile; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_schema_can_be_printed(capsys):
    runpy.run_path(schema.__file__, run_name="__main__")
    assert capsys.readouterr().out == schema.schema_text()


def test_a_value_that_was_refused_in_reading_is_not_judged_again(codes):
    assert codes("title: !x [1]\njobs: !y 5\n") == ["SCN008", "SCN008"]


def test_a_create_request_that_the_vendor_refuses(compiled):
    with pytest.raises(MockError) as caught:
        compiled("jobs: [{body: {a: 1}}, {body: {refused: true}}]\n")
    (problem,) = caught.value.problems
    assert problem.code == "SCN072"
    assert problem.message == 'acme refuses this create request with 400: {"error":"refused"}'
    assert problem.location.pointer == "/jobs/1/body"
