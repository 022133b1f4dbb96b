"""Scripted answers must keep the captured contract, unless the scenario declares the exception in `off_contract`."""

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


def test_lint_names_the_line_the_rule_and_off_contract(mockserver, file):
    done = mockserver("lint", file(OFF + PLAY))
    assert done.code == 2
    assert "off.yaml:5:3: RUN006" in done.out
    assert 'S3 /progress: "half" is a string' in done.out
    assert "off_contract: {S3: REASON}" in done.out


def test_serve_refuses_a_scenario_off_contract(mockserver, file):
    done = mockserver("serve", "--port", "0", file(OFF + PLAY))
    assert done.code == 2
    assert "RUN006" in done.err


def test_a_declared_exception_is_accepted(mockserver, file):
    declared = OFF + "off_contract:\n  S3: a client must survive a progress in words\n" + PLAY
    assert mockserver("lint", file(declared)).code == 0
    assert mockserver("test", file(declared)).code == 0


def test_a_scripted_refusal_is_checked_in_every_state(mockserver, file):
    done = mockserver("lint", file(HEAD + "cancel: {refuse: {status: 418, body: {nope: 1}}}\n" + PLAY))
    assert done.code == 2
    assert "status 418 is not documented" in done.out


def test_seeded_jobs_and_matched_timelines_are_checked(mockserver, file):
    seeded = HEAD + "jobs: [{id: G-01J8XKQ3V5W7Y9Z1B3C5D7F9A5, fields: {size: 7}}]\n" + PLAY
    matched = HEAD + (
        "timelines:\n"
        "  - match: {prompt: a cat}\n"
        "    timeline: [queued: 1s, processing: {for: 2s, fields: {size: 7}}, failed]\n"
    )
    for text in (seeded, matched + PLAY):
        done = mockserver("lint", file(text))
        assert done.code == 2
        assert "S3 /size: 7 is" in done.out


def test_a_rule_that_does_not_exist_is_refused(mockserver, file):
    path = file("scenario: off\nvendor: phaseo@2026-06-11\noff_contract:\n  S33: a reason\n")
    done = mockserver("lint", path)
    assert done.code == 2
    assert "off.yaml:4:3: RUN011 no contract has a rule S33 (did you mean 'S3'?)" in done.out
    assert "RUN011" in mockserver("serve", "--port", "0", path).err


def test_a_refusal_of_another_kind_is_reported_too(mockserver, file):
    head = "scenario: off\nvendor: phaseo@2026-08-10\ncancel:\n  - kind: batch\n"
    done = mockserver("lint", file(head + "    refuse: {status: 418}\n"))
    assert done.code == 2
    assert "off.yaml:5:5: RUN006" in done.out
    assert mockserver("lint", file(head + "    refuse: {status: 409}\n")).code == 0


def test_jobs_of_each_kind_get_the_timeline_of_their_kind(mockserver, file):
    timelines = (
        "timelines:\n"
        "  - {kind: batch, match: {prompts: [a]}, timeline: [validating]}\n"
        "  - {kind: batch, timeline: [validating: 5s, in_progress]}\n"
        "  - {match: {prompt: a}, timeline: [queued: {for: 1s, fields: {progress: x}}, processing]}\n"
    )
    done = mockserver("lint", file("scenario: off\nvendor: phaseo@2026-08-10\n" + timelines))
    assert done.code == 2
    assert "off.yaml:6:" in done.out
    assert done.out.count("RUN006") == 1


def test_a_field_and_a_refusal_are_reported_where_they_stand(mockserver, file):
    done = mockserver(
        "lint",
        file("scenario: off\nvendor: phaseo@2026-06-11\n\nfields:\n  progress: x\ncancel:\n  refuse: {status: 418}\n"),
    )
    assert "off.yaml:5:3: RUN006" in done.out
    assert "off.yaml:7:3: RUN006" in done.out
