"""The log of `serve` as lines and as JSON: each kind of activity, folded repetitions, widths."""

import pytest

from mockserver.cli.serve.log_json import log_object
from mockserver.cli.serve.log_lines import LogLayout, fit_text, log_lines, lost_line, text_width
from mockserver.cli.serve.log_repeats import MAX_OPEN, LogItem, RepeatFolder
from mockserver.cli.styles import Span, report_line, wants_colour
from mockserver.core.instants import SECOND
from mockserver.errors import Location, Problem
from mockserver.server.activity import (
    Activity,
    ClockChanged,
    HintGiven,
    RequestAnswered,
    ScenarioLoaded,
    ScenarioRefused,
    SessionBegun,
    WebhookAttempted,
)
from tests.support.fake_world import START

WIDE = LogLayout(0, 7)
NARROW = LogLayout(80, 7)
POLL = RequestAnswered(
    at=START,
    session="default@1",
    vendor="phaseo",
    operation="get",
    method="GET",
    path="/v1/videos/G-1",
    status=200,
    request_id="req_1",
    job_id="G-1",
    state="queued",
)
LATER = POLL._replace(at=START + SECOND, request_id="req_2")
DONE = POLL._replace(state="completed")
OTHER = POLL._replace(session="t1@2", path="/v1/videos/G-2", job_id="G-2")
DELIVERED = WebhookAttempted(
    at=START,
    session="default@1",
    vendor="phaseo",
    job_id="G-1",
    event="video.completed",
    attempt=2,
    url="http://127.0.0.1:9/hook",
    result="delivered",
    status=204,
    error="",
    cause="",
    retry_at=None,
)


def text(activity: Activity, layout: LogLayout = WIDE, times: int = 1) -> list[str]:
    """Render an activity without styles."""
    return ["".join(span.text for span in line).rstrip() for line in log_lines(activity, layout, times)]


def styles(activity: Activity) -> dict[str, str]:
    """Return the style of each text in the first line of an activity."""
    return {span.text.strip(): span.style for span in log_lines(activity, WIDE)[0]}


# Requests


def test_a_request_is_one_line_with_its_job_and_state():
    assert text(POLL) == [f"12:00:00.000 default GET     {'/v1/videos/G-1':<48} 200 queued"]


def test_a_job_that_the_path_does_not_name_is_added():
    assert text(POLL._replace(path="/v1/videos"))[0].endswith(" 200 queued G-1")


def test_a_second_epoch_is_named_and_no_session_is_a_dash():
    assert text(OTHER)[0][13:20] == "t1@2   "
    assert text(POLL._replace(session=""))[0][13:20] == "-      "


def test_repetitions_are_counted_in_the_line():
    assert text(POLL, times=1037)[0].endswith(" 200 queued x1,037")


def test_a_status_that_differs_from_the_state_stands_before_it():
    assert text(POLL._replace(shown_status="pending"))[0].endswith(" 200 pending (state queued)")
    assert styles(POLL._replace(shown_status="pending"))["pending"] == "bold"


def test_a_note_ends_the_line():
    assert text(POLL._replace(note="fault f1: status 503"))[0].endswith("queued fault f1: status 503")


@pytest.mark.parametrize(("status", "style"), [(101, ""), (200, "green"), (304, "cyan"), (409, "yellow"), (503, "red")])
def test_a_status_has_a_colour_by_its_class(status, style):
    assert styles(POLL._replace(status=status))[str(status)] == style


# Everything else


def test_a_webhook_says_which_attempt_it_was_and_where_it_went():
    assert text(DELIVERED) == [
        f"12:00:00.000 default webhook {'video.completed G-1':<48} 204 attempt 2 http://127.0.0.1:9/hook"
    ]


def test_a_failed_webhook_says_why_and_when_it_is_sent_again():
    failed = DELIVERED._replace(
        result="retrying", status=None, error="no answer within 5 s", url="", retry_at=START + 60 * SECOND
    )
    assert text(failed)[0].endswith(
        "retrying attempt 2; no answer within 5 s; again at 12:01:00.000 (the session's own receiver)"
    )
    assert styles(failed)["retrying"] == "red"


def test_a_webhook_that_no_rule_demands_says_so():
    assert " 204 duplicate " in text(DELIVERED._replace(cause="duplicate"))[0]


def test_a_clock_shows_its_change_and_its_mode():
    changed = ClockChanged(START, "default@1", "advance 8h", "manual")
    assert text(changed) == ["12:00:00.000 default clock   advance 8h; now 2026-10-01T12:00:00.000Z, clock manual"]


@pytest.mark.parametrize(("scenario", "words"), [("late", "plays late"), ("", "no scenario")])
def test_a_session_shows_what_it_plays(scenario, words):
    begun = SessionBegun(START, "t1@1", scenario, "real")
    assert text(begun) == [f"12:00:00.000 t1      session {words}; 2026-10-01T12:00:00Z, clock real"]


def test_a_scenario_that_is_loaded_again_names_the_sessions():
    loaded = ScenarioLoaded(START, "late", "late.yaml", ("default@2", "t1@4"))
    assert text(loaded)[0].endswith("late is loaded from late.yaml; 2 sessions began a new epoch: default@2, t1@4")
    assert text(loaded._replace(sessions=()))[0].endswith("late is loaded from late.yaml")


def test_a_scenario_that_cannot_be_used_shows_its_line_with_a_caret():
    problem = Problem("SCN012", "no state 'procesing'", "Write it.", Location("late.yaml", 3, 5), "  - procesing: 2s")
    lines = text(ScenarioRefused(START, "late", "late.yaml", (problem,)))
    assert lines[0].endswith("late.yaml cannot be used; the last good version of late is played")
    assert lines[1] == "late.yaml:3:5: SCN012 no state 'procesing'"
    assert lines[3] == "        ^"


def test_a_hint_has_its_text_and_the_way_out():
    hint = HintGiven(START, "default@1", "scenario", "no scenario 'lat'", "`mockserver list` lists them")
    assert text(hint) == ["HINT  no scenario 'lat' (session default@1)", "      `mockserver list` lists them"]
    assert text(hint._replace(session="", fix="")) == ["HINT  no scenario 'lat'"]


def test_what_is_left_out_is_counted():
    assert lost_line(1234)[0].text.startswith("... 1,234 more")


# Widths


@pytest.mark.parametrize("width", [40, 60, 80, 110, 200])
def test_no_line_is_wider_than_the_terminal(width):
    long = POLL._replace(path=f"/v1/videos/{'x' * 300}", note="\u6771\u4eac" * 90, session="t" * 90)
    (line,) = log_lines(long, LogLayout(width, 20))
    assert sum(text_width(span.text) for span in line) in (width - 1, width - 2), "a character takes two columns"


def test_a_narrow_line_is_cut_off_with_an_ellipsis():
    line = text(POLL._replace(note="n" * 90), NARROW)[0]
    assert line.endswith("n...")
    assert len(line) == 79


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("abc", "abc      "),
        ("0123456789", "01...6789"),
        ("\x1b[2J", "\\x1b[2J  "),
        ("\u6771\u4eac\u6771\u4eac\u6771", "\u6771...\u4eac\u6771"),
        ("e\u0301", "e\u0301        "),
    ],
)
def test_a_text_fits_its_column(given, shown):
    assert fit_text(given, 9) == shown
    assert text_width(shown) == 9


# Repetitions


def test_a_repetition_at_the_bottom_is_counted_in_place():
    folder = RepeatFolder(can_rewrite=True)
    assert folder.fold([POLL]) == [LogItem(POLL)]
    assert folder.fold([LATER]) == [LogItem(LATER, 2, rewrite=True)]
    assert folder.summaries() == []


def test_repetitions_of_one_batch_are_one_item():
    folder = RepeatFolder(can_rewrite=True)
    assert folder.fold([POLL] + [LATER] * 36) == [LogItem(LATER, 37)]
    assert folder.fold([LATER] * 3) == [LogItem(LATER, 40, rewrite=True)]


def test_another_state_begins_another_line():
    folder = RepeatFolder(can_rewrite=True)
    assert folder.fold([POLL, LATER, DONE]) == [LogItem(LATER, 2), LogItem(DONE)]


def test_another_shown_status_begins_another_line():
    seen = POLL._replace(shown_status="pending")
    folder = RepeatFolder(can_rewrite=True)
    assert folder.fold([POLL, LATER, seen]) == [LogItem(LATER, 2), LogItem(seen)]


def test_a_repetition_of_an_earlier_line_is_shown_when_its_answer_changes():
    folder = RepeatFolder(can_rewrite=True)
    assert folder.fold([POLL, OTHER, LATER, LATER]) == [LogItem(POLL), LogItem(OTHER)]
    assert folder.fold([DONE]) == [LogItem(LATER, 3), LogItem(DONE)]


def test_counts_that_were_not_shown_are_summed_up():
    folder = RepeatFolder(can_rewrite=True)
    folder.fold([POLL, OTHER, LATER, OTHER, LATER])
    assert folder.summaries(limit=1) == [LogItem(LATER, 3)]
    assert folder.fold([LATER]) == [LogItem(LATER, 4, rewrite=True)]
    assert folder.summaries() == []


def test_without_a_terminal_nothing_is_rewritten():
    folder = RepeatFolder(can_rewrite=False)
    assert folder.fold([POLL, LATER, LATER]) == [LogItem(POLL)]
    assert folder.summaries() == [LogItem(LATER, 3)]


def test_other_news_and_other_prints_end_the_line_at_the_bottom():
    clock = ClockChanged(START, "default@1", "advance 8h", "manual")
    folder = RepeatFolder(can_rewrite=True)
    assert folder.fold([POLL, clock, LATER]) == [LogItem(POLL), LogItem(clock)]
    folder.fold([OTHER])
    folder.leave_bottom()
    assert folder.fold([OTHER]) == []


def test_the_open_counts_are_bounded():
    folder = RepeatFolder(can_rewrite=False)
    folder.fold(POLL._replace(path=f"/v1/videos/{number}") for number in range(MAX_OPEN + 1))
    first = POLL._replace(path="/v1/videos/0")
    assert folder.fold([first]) == [LogItem(first)]


# JSON


def test_an_activity_as_json_leaves_out_what_is_empty():
    assert log_object(POLL._replace(operation="")) == {
        "log": "request",
        "at": "2026-10-01T12:00:00.000000Z",
        "session": "default@1",
        "vendor": "phaseo",
        "method": "GET",
        "path": "/v1/videos/G-1",
        "status": 200,
        "request_id": "req_1",
        "job_id": "G-1",
        "state": "queued",
    }


def test_a_retry_is_an_instant_and_problems_are_objects():
    retry = log_object(DELIVERED._replace(retry_at=START + SECOND))
    assert retry["log"] == "webhook"
    assert retry["retry_at"] == "2026-10-01T12:00:01.000000Z"
    refused = log_object(ScenarioRefused(START, "late", "late.yaml", (Problem("SCN012", "no state"),)))
    assert refused["problems"][0]["code"] == "SCN012"


# Colour


@pytest.mark.parametrize(
    ("environment", "is_terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colour_is_wanted_by_environment_and_terminal(environment, is_terminal, wanted):
    assert wants_colour(environment, is_terminal) is wanted


def test_a_span_has_no_style_by_itself():
    assert Span("x").style == ""


@pytest.mark.parametrize(
    ("line", "style"),
    [("ok   late", "green"), ("FAIL late", "alarm"), ("?    late", "yellow"), ("okay late", ""), ("ok", ""), ("", "")],
)
def test_a_verdict_that_begins_a_line_of_a_report_has_a_style(line, style):
    spans = report_line(line)
    assert spans[0].style == style
    assert "".join(span.text for span in spans) == line


def test_the_largest_counts_are_shown_first():
    folder = RepeatFolder(can_rewrite=False)
    folder.fold([POLL] * 2 + [OTHER] * 4)
    assert folder.summaries() == [LogItem(OTHER, 4), LogItem(POLL, 2)]
