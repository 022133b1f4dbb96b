"""What a play says must have been sent, held against what was: every difference a sentence."""

import json

import pytest

from mockserver.runner.play.webhook_checks import delivery_failures
from mockserver.scenario.play_model import ExpectedDeliveries


def sent(event="video.completed", **more):
    usual = {"id": "dlv_1", "event": event, "state": "delivered", "status": 200, "signature": "ok"}
    body = json.dumps({"type": event, "data": {"id": "v1"}})
    return {**usual, "headers": [["X-Attempt", "1"]], "body": body, **more}


TWO = [sent("video.created"), sent()]


@pytest.mark.parametrize(
    ("wanted", "found", "differences"),
    [
        (ExpectedDeliveries(count=2), TWO, []),
        (ExpectedDeliveries(count=0), [], []),
        (ExpectedDeliveries(count=1), TWO, ["2 deliveries; expected 1: video.created, video.completed"]),
        (ExpectedDeliveries(count=1), [], ["0 deliveries; expected 1"]),
        (ExpectedDeliveries(events=("created", "video.completed")), TWO, []),
        (
            ExpectedDeliveries(events=("completed", "created")),
            TWO,
            ["the events are video.created, video.completed; expected completed, created"],
        ),
        (ExpectedDeliveries(events=()), [], []),
        (ExpectedDeliveries(events=()), [sent()], ["the events are video.completed; expected none"]),
        (ExpectedDeliveries(events=("completed",)), [], ["the events are none; expected completed"]),
        (ExpectedDeliveries(answers=(500, "timeout")), [sent(status=500), sent(status=None)], []),
        (ExpectedDeliveries(answers=(200,)), [sent(status=500)], ["the answers are 500; expected 200"]),
        (ExpectedDeliveries(signed="ok"), TWO, []),
        (ExpectedDeliveries(signed="wrong"), [sent()], ["dlv_1 (video.completed) is signed ok; expected wrong"]),
        (ExpectedDeliveries(count=1), [sent(state="lost"), sent()], []),
        (ExpectedDeliveries(count=1, state="lost"), [sent(state="lost"), sent()], []),
        (ExpectedDeliveries(count=1, state="failed"), TWO, ["0 deliveries; expected 1"]),
        (ExpectedDeliveries(body={"data": {"id": "{job}"}}), TWO, []),
        (ExpectedDeliveries(body={"type": "video.created"}), [], ["nothing was delivered"]),
        (ExpectedDeliveries(headers=(("x-attempt", "1"),)), TWO, []),
        (ExpectedDeliveries(headers=(("x-attempt", "2"),)), TWO, ['header x-attempt is "1"; expected "2"']),
        (ExpectedDeliveries(headers=(("x-other", "2"),)), TWO, ['header x-other is missing; expected "2"']),
    ],
)
def test_what_differs(wanted, found, differences):
    assert list(delivery_failures(found, wanted, {"job": "v1"}.__getitem__)) == differences


def test_a_body_that_differs_is_reported_place_by_place():
    (message,) = delivery_failures(TWO, ExpectedDeliveries(body={"data": {"id": "v2"}}), str)
    assert message.startswith("body: ")
    assert "v2" in message


def test_of_a_crowd_the_first_are_named():
    (message,) = delivery_failures([sent()] * 30, ExpectedDeliveries(count=1), str)
    assert message.endswith("video.completed, 10 more")
