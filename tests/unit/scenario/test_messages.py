"""What a person sees: all problems at once, each with its place, its line, a caret and a way out."""

import textwrap

import pytest

from mockserver.errors import MockError, did_you_mean
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.diagnostics import MAX_LISTED, Diagnostics
from mockserver.scenario.nodes import Node

GOLDEN = {
    """\
scenario: slow render
vendor: acme
titel: Renders slowly
timeline:
  - queued: 30
  - procesing: {for: 60s, progess: 5..95}
  - completed
play:
  - get: {status: OK}
""": """\
s.yaml:1:11: SCN023 found the text 'slow render', expected a name of letters, digits, `.`, `_`, `+` and `-`
    scenario: slow render
              ^
s.yaml:3:1: SCN020 unknown key 'titel' (did you mean 'title'?)
    titel: Renders slowly
    ^
    Allowed: language, scenario, title, source, catches, vendor, seed, clock, jobs, timeline, timelines, items, \
cancel, fields, limits, off_contract, play, faults, webhooks.
s.yaml:5:13: SCN026 found the number 30 without a unit, expected a stay: a duration such as `30s`, `3 polls` or `manual`
      - queued: 30
                ^
    Write 30s for seconds, or `30 polls`.
s.yaml:6:5: SCN043 a video has no state 'procesing' (did you mean 'processing'?)
      - procesing: {for: 60s, progess: 5..95}
        ^
    States: queued, processing, draining, completed, failed, cancelled, expired.
s.yaml:6:27: SCN020 unknown key 'progess' (did you mean 'progress'?)
      - procesing: {for: 60s, progess: 5..95}
                              ^
    Allowed: for, progress, fields.
s.yaml:9:19: SCN022 found the text 'OK', expected a whole number from 100 to 599
      - get: {status: OK}
                      ^
""",
    """\
scenario: s
vendor: acme
timeline:
  - queued: 2s
  - completed: 3 polls
  - procesing
cancel:
  from: [queued, completed]
  refuse: {status: 409}
""": """\
s.yaml:5:5: SCN044 `completed` cannot follow `queued`
      - completed: 3 polls
        ^
    After `queued`: processing.
s.yaml:6:5: SCN043 a video has no state 'procesing' (did you mean 'processing'?)
      - procesing
        ^
    States: queued, processing, draining, completed, failed, cancelled, expired.
s.yaml:8:18: SCN060 `completed` is terminal: there is nothing left to cancel
      from: [queued, completed]
                     ^
    Leave it out; `refuse` is the answer to a cancel that is too late.
""",
    """\
scenario: s
vendor: acme
timeline:
  - queued: 2s
  - expired: 3 polls
""": """\
s.yaml:5:5: SCN044 `expired` cannot follow `queued` by the job's own work, only by the vendor's deadline
      - expired: 3 polls
        ^
    After `queued`: processing.
s.yaml:5:14: SCN046 `expired` has a stay, but is the last state
      - expired: 3 polls
                 ^
    Write `expired` without a stay, or add the state that follows it.
""",
    """\
scenario: s
vendor: acme
jobs:
\t- id: x
""": """\
s.yaml:4:1: SCN004 a tab, or a character with which no text begins
    \t- id: x
    ^
    Indent with spaces, not with tabs; put a text that begins with `@`, `%` or a backtick in quotes. \
(YAML: while scanning for the next token, found character that cannot start any token)
""",
}


@pytest.mark.parametrize("text", GOLDEN)
def test_the_message_is_this_one(text, vendors):
    with pytest.raises(MockError) as caught:
        load_scenario(text, vendors, file="s.yaml")
    assert str(caught.value) + "\n" == textwrap.dedent(GOLDEN[text])


def test_a_problem_as_json(vendors):
    with pytest.raises(MockError) as caught:
        load_scenario("scenario: s\nvendor: acme\njobs:\n  - age: 30\n", vendors, file="s.yaml")
    assert caught.value.problems[0].json() == {
        "code": "SCN026",
        "message": "found the number 30 without a unit, expected a duration such as `30s`, `1m30s` or `8h`",
        "hint": "Write 30s for seconds.",
        "file": "s.yaml",
        "line": 4,
        "column": 10,
        "pointer": "/jobs/0/age",
    }


def test_a_text_without_a_name_is_called_scenario(vendors):
    with pytest.raises(MockError) as caught:
        load_scenario("x", vendors)
    assert str(caught.value).startswith("scenario:1:1: SCN022 found the text 'x', expected a scenario")


def test_problems_come_in_the_order_of_the_file(vendors):
    with pytest.raises(MockError) as caught:
        load_scenario("play: [gett: ]\ntimeline: [queud]\nvendor: acme\nscenario: s\ntitle:\nseed: [1]\n", vendors)
    assert [problem.location.line for problem in caught.value.problems] == [1, 2, 5, 6]


def test_a_flood_of_problems_is_cut_and_counted(vendors):
    with pytest.raises(MockError) as caught:
        load_scenario("".join(f"k{n}: 1\n" for n in range(MAX_LISTED + 5)), vendors)
    *_, last = caught.value.problems
    assert len(caught.value.problems) == MAX_LISTED + 1
    assert last.code == "SCN012"
    assert last.message == "7 more problems are not listed"


def test_a_long_line_is_cut_and_one_beyond_the_cut_is_left_out():
    report = Diagnostics("f", "x" * 1_000)
    assert report.fatal("SCN004", "m", 1, 160).problems[0].excerpt == "x" * 160
    assert report.fatal("SCN004", "m", 1, 161).problems[1].excerpt == ""
    assert report.fatal("SCN004", "m", 2, 1).problems[-1].excerpt == ""


def test_a_hint_for_a_near_word():
    assert did_you_mean("procesing", ["queued", "processing"]) == " (did you mean 'processing'?)"
    assert did_you_mean("zzz", ["queued"]) == ""
    assert did_you_mean("q" * 61, ["q" * 61]) == ""


def test_a_misspelt_required_key_is_one_problem(codes):
    assert codes("faults: [{on: get, doo: {status: 503}}]\n") == ["SCN020"]
    assert codes("faults: [{on: get, x: {status: 503}}]\n") == ["SCN021", "SCN020"]


def test_of_keys_that_exclude_each_other_the_last_is_reported(vendors):
    for keys in ("at: 1s, after: 1s", "after: 1s, at: 1s"):
        with pytest.raises(MockError) as caught:
            load_scenario(f"scenario: s\nvendor: acme\nplay: [{{create: , {keys}}}]\n", vendors)
        assert caught.value.problems[0].location.column == 21 + keys.index(", ")


def test_the_codes_at_a_place_are_those_of_no_other():
    report = Diagnostics("f")
    outer = Node("mapping", 1, 1)
    inner = Node("scalar", 2, 1, parent=outer)
    report.add("SCN021", "m", outer)
    report.add("SCN023", "m", inner)
    assert report.codes_at(outer) == {"SCN021"}
    assert report.codes_at(inner) == {"SCN023"}


def test_merge_keys_are_named(vendors):
    with pytest.raises(MockError) as caught:
        load_scenario("scenario: s\nvendor: acme\n<<: {title: x}\n", vendors)
    assert caught.value.problems[0].hint == "Merge keys (`<<`) are not supported."


HINTS = {
    "play:\n  - create:\n  get:\n": ("5:3: SCN004", "The entries of a list begin with `- ` in one column"),
    "play:\n  - create:\n - get:\n": ("5:2: SCN004", "The entries of a list begin with `- ` in one column"),
    "title: Say: hello\n": ("3:11: SCN004 this colon cannot follow a key here", "a colon and a space in quotes"),
    'title: "abc\n': ("3:8: SCN004", "Close the quotation mark that begins here. (YAML: "),
    "faults: [{on: *, do: {status: 503}}]\n": ("3:16: SCN004", "begins with `*` in quotes"),
    "title: @foo\n": ("3:8: SCN004", "Indent with spaces"),
    "title: !<x\n": ("SCN004 `!` begins a tag", "begins with `!` in quotes"),
    "title: 'it's'\n": ("3:12: SCN004 something follows a complete value", "write an apostrophe twice"),
    "jobs:\n  - 'a' b\n": ("4:9: SCN004 something follows a complete value", "write an apostrophe twice"),
    'title: "\\xq"\n': ("SCN004 a backslash in double quotes", "a backslash as two"),
    "title: a\n\tb: c\n": ("4:1: SCN004 a tab at the beginning", "Indent with spaces"),
    "title: |x\n": ("SCN004 something follows `|` or `>`", "in the next line"),
    "titl\nscenario: x\n": ("SCN004 a key without a colon", "Write `key: value`"),
    "title: &\n": ("SCN004 `&` begins an anchor", "in quotes"),
    "play: [create: , get: }\n": ("SCN004", "An entry is missing here, or a bracket is not closed."),
    "play: [create: , get: {}}\n": ("SCN004", "close the bracket `]`"),
    "play: [{create: , at: 5s]\n": ("SCN004", "close the brace `}`"),
    'title: "\\q"\n': ("SCN004", "a backslash as two"),
    "play:\n  - create\n": ("4:5: SCN022 found the text 'create'", "Write `create:`, with a colon."),
    "play:\n  - get: 200\n": ("4:10: SCN022 found the number 200", "Write `{status: 200}`."),
    "play:\n  - wait: 5s\n": ("4:5: SCN052 acme has no operation 'wait'", "write `after: 5s` in the next step"),
    "play:\n  - sleep:\n": ("4:5: SCN052", "write `after: 5s` in the next step"),
    "play:\n  - together: [create: ]\n": ("found 1 entry, expected 2 to 20: a list of requests", ""),
    "timeline:\n  queued: 2s\n": ("4:3: SCN022 found a mapping", "Begin each entry with `- `."),
    "timeline: [queued 2s, completed]\n": ("a video has no state 'queued 2s'", "Write `queued: 2s`, with a colon."),
    "faults: [{on: get, do: {}}]\n": ("found 0 keys, expected at least 1: one fault", ""),
    "faults: [{on: get, status: 503}]\n": ("3:20: SCN020 unknown key 'status'", "write `do: {status: ...}`"),
    "faults: [{on: get}]\n": ("the key `do` is missing", "The fault, such as `do: {status: 503}`."),
    "faults: [{on: get, when: {after: 5s, until: 1s}, do: {drop: reset}}]\n": ("SCN068", "`until` its end"),
    "limits: {active: x}\n": ("expected a whole number from 1 to 1000000, or `off`, or a mapping of kinds of job", ""),
    "limits: {active: {video: 2}}\n": (
        "3:19: SCN087 acme refuses no create of a video because of other jobs: this limit has no effect",
        "Kinds with such a limit: batch.",
    ),
    "webhooks: {receiver: [abc]}\n": ("expected a whole number from 200 to 599, or `timeout`, or a mapping", ""),
    "play: [get: , get: , cancel: ]\n": ("3:8: SCN058 there is no video", "`create` one in an earlier step"),
    "play: [{get: , job: nobody}]\n": ("SCN053", "No job has a name yet: add `as: NAME`"),
    "play: [{create: {reason: ''}}]\n": ("found an empty text, expected text", ""),
    "clock: {start: 2026-02-30T00:00:00Z}\n": ("`2026-02-30T00:00:00Z` is not a date", ""),
}


@pytest.mark.parametrize("text", HINTS)
def test_one_mistake_is_one_problem_with_what_to_write(text, vendors):
    with pytest.raises(MockError) as caught:
        load_scenario("scenario: s\nvendor: acme\n" + text, vendors, file="s.yaml")
    (problem,) = caught.value.problems
    message, hint = HINTS[text]
    assert message in problem.text()
    assert hint in problem.hint
