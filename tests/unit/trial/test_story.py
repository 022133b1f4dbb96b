"""The story of a run: requests and states in order."""

from dataclasses import replace

from mockserver.client.views import as_booking
from mockserver.trial.story import story_lines
from tests.support.trial_runs import BEGAN, VIDEO, call, evidence, video


def test_states_money_and_folded_requests_stand_in_their_order():
    polls = [call("get", at=second, shown="processing") for second in (1, 2, 3)]
    lost = call("cancel", at=4.25, lost=True, faults=("drop",))
    run = evidence(call("create"), *polls, lost, jobs=(video("queued", booked=("reserve",)),))
    assert list(story_lines(run)) == [
        "+0s           video G-1 is queued",
        "+0s           video G-1: reserve 0.5 usd",
        "+0s       POST /v1/create -> 200",
        "+1s       GET /v1/get -> 200 processing  (3 times)",
        "+4.2s     POST /v1/cancel -> no whole answer  [fault: drop]",
    ]


def test_a_booking_of_nothing_is_shown():
    """Replicate charges the seconds of work, of which a prediction that never started has none."""
    shown = {"job": VIDEO, "at": BEGAN.isoformat(), "entry": "charge", "amount": None, "unit": "seconds"}
    run = evidence(call("create"), jobs=(replace(video("cancelled"), ledger=(as_booking(shown),)),))
    assert list(story_lines(run))[1] == "+0s           video G-1: charge 0 seconds"


def test_requests_that_are_not_listed_are_counted():
    run = replace(evidence(call("create"), jobs=()), call_count=1200)
    assert list(story_lines(run))[-1] == "and 1199 requests more"
    assert list(story_lines(evidence())) == []


def test_what_came_before_the_first_request_stands_at_its_time():
    run = evidence(call("get", at=60), jobs=(video("processing"),))
    assert list(story_lines(run)) == ["+0s           video G-1 is processing", "+0s       GET /v1/get -> 200"]
