"""What a scenario makes the fake answer must keep the captured contract, or the scenario says why not."""

import pytest

HEAD = "scenario: off\nvendor: phaseo@2026-06-11\n"
OFF = HEAD + (
    "timeline:\n"
    "  - queued: 5s\n"
    "  - processing: {for: 30s, fields: {progress: half}}\n"
    "  - completed\n"
)  # fmt: skip
PLAY = "play:\n  - create:\n  - at: 10s\n    get:\n"


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "off.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_lint_names_the_line_the_rule_and_the_way_out(mockserver, file):
    done = mockserver("lint", file(OFF + PLAY))
    assert done.code == 2
    assert "off.yaml:5:3: RUN006" in done.err
    assert 'S3 /progress: "half" is a string' in done.err
    assert "off_contract: {S3: REASON}" in done.err


def test_serve_refuses_it_too(mockserver, file):
    done = mockserver("serve", "--port", "0", file(OFF + PLAY))
    assert done.code == 2
    assert "RUN006" in done.err


def test_a_scenario_that_owns_up_is_fine(mockserver, file):
    owned = OFF + "off_contract:\n  S3: a client must survive a progress in words\n" + PLAY
    assert mockserver("lint", file(owned)).code == 0
    assert mockserver("test", file(owned)).code == 0


def test_a_refusal_with_a_body_of_its_own_is_tried_in_every_state(mockserver, file):
    done = mockserver("lint", file(HEAD + "cancel: {refuse: {status: 418, body: {nope: 1}}}\n" + PLAY))
    assert done.code == 2
    assert "status 418 is not documented" in done.err


def test_seeded_jobs_and_matched_ones_are_tried(mockserver, file):
    seeded = HEAD + "jobs: [{id: G-01J8XKQ3V5W7Y9Z1B3C5D7F9A5, fields: {size: 7}}]\n" + PLAY
    matched = HEAD + (
        "timelines:\n"
        "  - match: {prompt: a cat}\n"
        "    timeline: [queued: 1s, processing: {for: 2s, fields: {size: 7}}, failed]\n"
    )
    for text in (seeded, matched + PLAY):
        done = mockserver("lint", file(text))
        assert done.code == 2
        assert "S3 /size: 7 is" in done.err
