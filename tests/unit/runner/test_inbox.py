"""What a play says must have been sent, held against what was: every difference a sentence."""

import json

import pytest

from mockserver.runner.inbox import missing
from mockserver.scenario.model import Arrivals


def sent(event="video.completed", **more):
    usual = {"id": "dlv_1", "event": event, "state": "delivered", "status": 200, "signature": "ok"}
    body = json.dumps({"type": event, "data": {"id": "v1"}})
    return {**usual, "headers": [["X-Attempt", "1"]], "body": body, **more}


TWO = [sent("video.created"), sent()]


@pytest.mark.parametrize(
    ("wanted", "found", "differences"),
    [
        (Arrivals(count=2), TWO, []),
        (Arrivals(count=0), [], []),
        (Arrivals(count=1), TWO, ["2 deliveries; expected 1: video.created, video.completed"]),
        (Arrivals(count=1), [], ["0 deliveries; expected 1"]),
        (Arrivals(events=("created", "video.completed")), TWO, []),
        (
            Arrivals(events=("completed", "created")),
            TWO,
            ["the events are video.created, video.completed; expected completed, created"],
        ),
        (Arrivals(events=()), [], []),
        (Arrivals(events=()), [sent()], ["the events are video.completed; expected none"]),
        (Arrivals(events=("completed",)), [], ["the events are none; expected completed"]),
        (Arrivals(answers=(500, "timeout")), [sent(status=500), sent(status=None)], []),
        (Arrivals(answers=(200,)), [sent(status=500)], ["the answers are 500; expected 200"]),
        (Arrivals(signed="ok"), TWO, []),
        (Arrivals(signed="wrong"), [sent()], ["dlv_1 (video.completed) is signed ok; expected wrong"]),
        (Arrivals(count=1), [sent(state="lost"), sent()], []),
        (Arrivals(count=1, state="lost"), [sent(state="lost"), sent()], []),
        (Arrivals(count=1, state="failed"), TWO, ["0 deliveries; expected 1"]),
        (Arrivals(body={"data": {"id": "{job}"}}), TWO, []),
        (Arrivals(body={"type": "video.created"}), [], ["nothing was delivered"]),
        (Arrivals(headers=(("x-attempt", "1"),)), TWO, []),
        (Arrivals(headers=(("x-attempt", "2"),)), TWO, ["header x-attempt is '1'; expected '2'"]),
        (Arrivals(headers=(("x-other", "2"),)), TWO, ["header x-other is None; expected '2'"]),
    ],
)
def test_what_differs(wanted, found, differences):
    assert list(missing(found, wanted, {"job": "v1"}.__getitem__)) == differences


def test_a_body_that_differs_is_told_place_by_place():
    (told,) = missing(TWO, Arrivals(body={"data": {"id": "v2"}}), str)
    assert told.startswith("body: ")
    assert "v2" in told


def test_of_a_crowd_the_first_are_named():
    (told,) = missing([sent()] * 30, Arrivals(count=1), str)
    assert told.endswith("video.completed, 10 more")
