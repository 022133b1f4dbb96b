"""Whatever the file: a scenario, or a `MockError` that can be printed; never anything else."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.errors import MockError
from mockserver.scenario.compile import load_scenario

SEED = """\
scenario: s
vendor: acme
clock: {start: 2026-05-06T12:00:00Z, mode: manual}
jobs:
  - id: 651212e2651212e2651212e2
    timeline: [processing]
  - {kind: batch, id: b-1, items: [{count: 2, for: 5s..30s}]}
timelines:
  - {match: {a: 1}, timeline: [queued: 1s, processing]}
timeline:
  - queued: 2s
  - processing: {for: 3 polls, progress: 5..95}
  - completed
cancel: {from: [processing], accept: {draining: 5s}, refuse: {status: 409, headers: {A: b}}}
limits: {create: 10/1m, active: 5}
off_contract: {T12: why}
play:
  - {create: {status: 202}, as: x, send: {a: 1}}
  - {at: 1m, get: {body: {status: queued}}, job: x, times: 2, every: 1s}
  - {call: {method: GET, path: "/{job}", query: {a: [b]}}, expect: {status: 200}}
  - move: completed
  - ledger: {refund: 1}
"""
BITS = st.sampled_from(
    [
        "queued",
        "qeued",
        "5",
        "5s",
        "",
        "[]",
        "{}",
        "null",
        "[1]",
        "{a: 1}",
        "!x",
        "&a b",
        "*a",
        "'",
        '"',
        ":",
        "- ",
        "\t",
        "\x00",
    ]
)


def judged(source, vendors):
    problems = ()
    try:
        load_scenario(source, vendors)
    except MockError as error:
        problems = error.problems
    for problem in problems:
        assert problem.code.startswith("SCN")
        assert problem.text()
        assert json.dumps(problem.json())


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_file_with_a_few_words_changed(vendors, data):
    words = SEED.replace("{", "{ ").replace("[", "[ ").split(" ")
    for place in data.draw(st.lists(st.integers(0, len(words) - 1), min_size=1, max_size=4)):
        words[place] = data.draw(BITS)
    judged(" ".join(words), vendors)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_file_with_values_of_other_types(vendors, data):
    lines = SEED.split("\n")
    for place in data.draw(st.lists(st.integers(2, len(lines) - 1), min_size=1, max_size=5)):
        key, colon, _ = lines[place].partition(":")
        lines[place] = f"{key}{colon} {data.draw(BITS)}"
    judged("\n".join(lines), vendors)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_and_any_bytes(vendors, source):
    judged(source, vendors)


def test_the_seed_is_a_scenario(vendors):
    assert len(load_scenario(SEED, vendors).play) == 5
