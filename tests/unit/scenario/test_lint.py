"""Well-formed scenarios, held against a vendor's tables."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.timeline import Timed, TimelineStep
from mockserver.errors import MockError
from mockserver.vendors.script import CancelScript, ScriptedResponse


@pytest.mark.parametrize(
    "timeline",
    ["[queued]", "[processing: 3 polls, failed]", "[queued: 1s, processing: manual, completed]", "[completed]",
     "[queued: 1s, processing: {for: 1s}, completed: {fields: {a: 1}}]"],
)  # fmt: skip
def test_courses_that_time_can_take(timeline, codes):
    assert codes(f"timeline: {timeline}\n") == []


@pytest.mark.parametrize(
    ("timeline", "expected"),
    [
        ("[processing: 1s, queued]", ["SCN044"]),
        ("[processing: 1s, cancelled]", ["SCN044"]),
        ("[processing: 1s, processing]", ["SCN044"]),
        ("[completed, failed]", ["SCN045"]),
        ("[queued, completed]", ["SCN047", "SCN044"]),
        ("[queued: 1s, processing: 2s]", ["SCN046"]),
        ("[queued: 1s, processing: {for: 2s, progress: 5}]", ["SCN046"]),
        ("[qeued: 1s, procesing]", ["SCN043", "SCN043"]),
        ("[qeued, processing, queued, completed: 5s]", ["SCN043", "SCN047", "SCN044", "SCN047", "SCN044", "SCN046"]),
        ("[queued, completd]", ["SCN047", "SCN043"]),
        ("[completed, faild]", ["SCN043"]),
        ("[{queued: 1s, processing: 2s}]", ["SCN030"]),
        ("{queued: 1s}", ["SCN022"]),
        ("queued", ["SCN022"]),
    ],
)
def test_courses_that_it_cannot(timeline, expected, codes):
    assert codes(f"timeline: {timeline}\n") == expected


@pytest.mark.parametrize(
    ("cancel", "script"),
    [
        ("{race: completes-first}", CancelScript(race=True)),
        ("{refuse: {status: 501}}", CancelScript(refusal=ScriptedResponse(501))),
        (
            "{from: queued, refuse: {status: 409, body: }}",
            CancelScript(frozenset({"queued"}), refusal=ScriptedResponse(409)),
        ),
        ("{accept: cancelled}", CancelScript(follow=(TimelineStep("cancelled", line=3),))),
        (
            "{from: processing, accept: {draining: 5s}, refuse: {status: 400, body: text}}",
            CancelScript(
                frozenset({"processing"}),
                (TimelineStep("draining", Timed(5 * SECOND), line=3), TimelineStep("cancelled", line=3)),
                ScriptedResponse(400, "text"),
            ),
        ),
        (
            "{from: [processing], accept: [draining: 5s, cancelled], refuse: {status: 400}}",
            CancelScript(
                frozenset({"processing"}),
                (TimelineStep("draining", Timed(5 * SECOND), line=3), TimelineStep("cancelled", line=3)),
                ScriptedResponse(400),
            ),
        ),
    ],
)
def test_cancel_policies(cancel, script, compiled):
    lines = (3, 3 if "refuse" in cancel else 0)
    assert compiled(f"cancel: {cancel}\n").script.cancels["video"] == script._replace(
        line=lines[0], refuse_line=lines[1]
    )


@pytest.mark.parametrize(
    ("cancel", "expected"),
    [
        ("{}", ["SCN030"]),
        ("{from: []}", ["SCN030"]),
        ("{from: [queued, qeued]}", ["SCN043"]),
        ("{from: [expired, cancelled], refuse: {status: 400}}", ["SCN060", "SCN060"]),
        ("{from: draining, refuse: {status: 400}}", ["SCN061"]),
        ("{from: processing}", ["SCN062"]),
        ("{accept: completed}", ["SCN063"]),
        ("{accept: {draining: 5s}}", ["SCN063"]),
        ("{accept: {processing: 5s}}", ["SCN046"]),
        ("{accept: canceled}", ["SCN043"]),
        ("{accept: [draining: 5s, completed]}", ["SCN044"]),
        ("{accept: [draining, cancelled]}", ["SCN047"]),
        ("{accept: [cancelled: 5s]}", ["SCN046"]),
        ("{accept: [{draining: 5s}, {cancelled: {fields: {a: 1}}}], from: processing}", ["SCN062"]),
        ("{race: completes-first, accept: cancelled}", ["SCN027"]),
        ("{race: yes}", ["SCN025"]),
        ("{refuse: {body: 5}}", ["SCN021"]),
        ("{refuse: {status: 99}}", ["SCN024"]),
        ("{refuse: {status: 400, headers: {'a b': x}}}", ["SCN023"]),
        ('{refuse: {status: 400, headers: {a: "x\\r\\ny: z"}}}', ["SCN023"]),
    ],
)
def test_no_cancel_policies(cancel, expected, codes):
    assert codes(f"cancel: {cancel}\n") == expected


def test_a_policy_names_the_kind_of_job_that_it_is_about(compiled):
    cancels = compiled(
        "cancel:\n  - {race: completes-first}\n"
        "  - {kind: batch, from: [pending, running], accept: {canceling: 30s}, refuse: {status: 409}}\n"
    ).script.cancels
    assert list(cancels) == ["video", "batch"]
    assert cancels["video"].race
    assert [step.state for step in cancels["batch"].follow] == ["canceling", "canceled"]


@pytest.mark.parametrize(
    ("cancel", "expected"),
    [
        ("{kind: vidoe, race: completes-first}", ["SCN042"]),
        ("{kind: [batch], race: completes-first}", ["SCN022"]),
        ("{kind: batch, from: queued}", ["SCN043"]),
        ("{kind: batch, from: pending, accept: late}", ["SCN063"]),
        ("{kind: batch, accept: {canceling: 30s}}", ["SCN062"]),
        ("[{kind: batch, refuse: {status: 409}}, {kind: batch, refuse: {status: 410}}]", ["SCN073"]),
        ("[]", ["SCN030"]),
    ],
)
def test_no_policies_of_a_kind(cancel, expected, codes):
    assert codes(f"cancel: {cancel}\n") == expected


@pytest.mark.parametrize(
    "text", ["cancel: {accept: {canceling: 30s}}\n", "timelines: [{match: {a: 1}, timeline: [pending]}]\n"]
)
def test_a_state_of_another_kind_asks_for_its_kind(text, compiled):
    with pytest.raises(MockError) as caught:
        compiled(text)
    assert "A batch has: write `kind: batch` in `cancel`, or beside a `timeline`." in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fields: {status: completed}\n", ["SCN074"]),
        ("fields: {status: melting}\n", []),
        ("fields: {size: completed}\n", []),
        ("jobs: [{fields: {status: failed}}]\n", ["SCN074"]),
        ("jobs: [{kind: batch, fields: {status: completed}}]\n", []),
        ("timeline: [processing: {fields: {status: processing}}]\n", []),
        ("timeline: [processing: {fields: {status: moderating}}]\n", []),
        ("timeline: [processing: {progress: 5}]\n", []),
        ("cancel: {accept: [{cancelled: {fields: {status: failed}}}]}\n", ["SCN074"]),
        ("items: [{timeline: [waiting: 1s, working: {for: 1s, fields: {status: ready}}, ready]}]\n", ["SCN074"]),
    ],
)
def test_fields_show_no_other_states_status(text, expected, codes):
    assert codes(text) == expected


def test_a_cancel_may_lead_to_a_state_that_only_a_cancel_reaches(compiled):
    assert (
        compiled("timeline: [processing]\ncancel: {accept: {draining: 5s}, refuse: {status: 409}}\n")
        .script.cancels["video"]
        .follow
    )


def test_a_timeline_that_never_gets_there_makes_a_source_senseless(codes):
    assert codes("timeline: [queued]\ncancel: {from: processing, refuse: {status: 400}}\n") == ["SCN061"]
    assert (
        codes("timelines: [{match: {a: 1}, timeline: [queued]}]\ncancel: {from: processing, refuse: {status: 400}}\n")
        == []
    )


@pytest.mark.parametrize(
    "way",
    ["jobs: [{timeline: [processing]}]\n", "jobs: [{}]\nplay: [move: processing]\n"],
)
def test_a_seeded_job_or_a_move_may_be_there_all_the_same(way, codes):
    assert codes(f"timeline: [queued]\ncancel: {{from: processing, refuse: {{status: 400}}}}\n{way}") == []


def test_a_timeline_in_doubt_raises_no_doubts_about_cancels(codes):
    assert codes("timeline: [queud]\ncancel: {from: [processing, completed]}\n") == ["SCN043", "SCN060"]


def test_an_era_that_cancels_nothing_has_its_own_answer_everywhere(vendors):
    from mockserver.scenario.compile import load_scenario

    text = "scenario: s\nvendor: acme@2026-01-01\ncancel: {from: queued}\n"
    assert load_scenario(text, vendors).script.cancels == {"video": CancelScript(frozenset({"queued"}), line=3)}


def test_a_policy_without_words_about_what_follows_takes_the_vendors(codes):
    assert codes("cancel: {from: [queued, processing]}\n") == []


def test_cancels_of_batches(codes):
    assert codes("cancel: {from: pending, refuse: {status: 409}}\n", "mill") == []
    assert codes("cancel: {from: [pending, running, canceling]}\n", "mill") == ["SCN063"]
    assert codes("cancel: {from: [pending, running], accept: {canceling: 1s}}\n", "mill") == ["SCN062"]


def test_where_every_state_needs_its_own_cancel_none_follows_by_itself(codes):
    assert codes("cancel: {accept: {canceling: 5s}, from: [pending, running], refuse: {status: 409}}\n", "mill") == []
