"""The duties of errors, money, webhooks and the contract, each broken once."""

from dataclasses import replace

import pytest

from mockserver.contract.documents.capture import parse_capture
from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, LedgerEntry, RequestError, no_ledger
from mockserver.vendors.http import json_response
from mockserver.vendors.signatures import HmacHeaders
from mockserver.vendors.webhooks import PayloadPointers, WebhookEvent
from tests.support.print_shop import (
    DATE,
    ERA,
    EVENT_TYPES,
    PRINT,
    PRINTS,
    SIGNATURE,
    WEBHOOKS,
    broken_cases,
    document,
    error,
    ledger,
    render_delivery,
    shop,
    with_kind,
    with_operation,
)

MAPPED = {RequestError.UNKNOWN_PATH: 404, RequestError.WRONG_METHOD: 405}


def some_request_errors(call, what, detail):
    return error({error: 400 for error in RequestError if error is not RequestError.TOO_LARGE}[what], what.value)


def with_ledger(book):
    return shop(kinds=with_kind(PRINTS._replace(ledger=book)))


def with_webhooks(**fields):
    return shop(kinds=with_kind(PRINTS._replace(webhooks=WEBHOOKS._replace(**fields))))


def booked(at, entry, key):
    return LedgerEntry(at, entry, 1.0, "credits", key)


def entry_of_now(job, now):
    return (booked(now, "charge", f"{job.id}:charge"),)


def refunded_twice(job, now):
    entries = ledger(job, now)
    return (*entries, *(each._replace(entry="release", key=f"{each.key}2") for each in entries[1:]))


class Forged(HmacHeaders):
    def sign(self, message, keys):
        return super().sign(message._replace(body=b""), keys)


def renamed_event(request):
    return render_delivery(request)._replace(event_id=f"evt_{request.attempt}")


def same_key(job, wanted):
    return [event._replace(key="one") for event in WEBHOOKS.events(job, wanted) for _ in range(2)]


def early_event(job, wanted):
    return [WebhookEvent(job.created - 1, "done", "print.done")]


CASES = [
    (
        "request-errors-rendered",
        shop(render_request_error=some_request_errors),
        "too large, operation create: rendering it raised KeyError: <RequestError.TOO_LARGE: 'too large'> at",
    ),
    (
        "request-errors-rendered",
        shop(render_request_error=lambda call, what, detail: json_response(200, {})),
        "unknown path: the answer is no error: 200",
    ),
    (
        "request-errors-rendered",
        shop(render_request_error=lambda call, what, detail: json_response(MAPPED.get(what, 400), {"detail": 1})),
        "no key, operation create: S7 at body",
    ),
    (
        "request-errors-rendered",
        shop(error_reason=lambda body: body["code"]),
        "no key, operation create: `error_reason` of its body raised KeyError: 'code' at",
    ),
    (
        "request-errors-rendered",
        shop(error_reason=lambda body: None),
        "no key, operation create: `error_reason` of its body returns None, and no text",
    ),
    (
        "status-errors-rendered",
        shop(render_status_error=lambda call, status, message: error(400, message)),
        "status 404, operation create: the answer has the status 400",
    ),
    (
        "status-errors-rendered",
        shop(render_status_error=lambda call, status, message: json_response(status, {"error": status})),
        "status 404, operation create: S7 at /error",
    ),
    (
        "methods-answered",
        shop(render_request_error=lambda call, what, detail: {}[what]),
        "OPTIONS, operation create: rendering the answer raised KeyError",
    ),
    (
        "methods-answered",
        shop(render_request_error=lambda call, what, detail: json_response(200, {})),
        "OPTIONS, operation create: the answer is 200, and no error with the header Allow",
    ),
    ("ledger-sound", with_ledger(lambda job, now: ledger(job, now) * 2), "two entries have the same key: ['"),
    (
        "ledger-sound",
        with_ledger(lambda job, now: (booked(job.created, "charge", "charge"),)),
        "'charge' is the key of an entry of two jobs",
    ),
    (
        "ledger-sound",
        with_ledger(lambda job, now: (booked(job.created + 10**6, "charge", f"{job.id}:charge"),)),
        "at +0s there is an entry of +1s: charge",
    ),
    ("ledger-sound", with_ledger(entry_of_now), ":charge' is gone, or another than before"),
    (
        "ledger-sound",
        with_ledger(refunded_twice),
        "print cancelled in queued: at +0s money is given back 2 times: refund, release",
    ),
    (
        "events-happen",
        with_webhooks(types=(*EVENT_TYPES, "print.packed")),
        "print, print.packed: no course of a job has this event",
    ),
    (
        "events-happen",
        with_webhooks(default_types=(*EVENT_TYPES, "print.lost")),
        "print, print.lost: 'print.lost' is not among the types: print.done, print.failed,",
    ),
    ("deliveries-verify", with_webhooks(render=renamed_event), "has another event id: 'evt_1', then 'evt_2'"),
    (
        "deliveries-verify",
        with_webhooks(pointers=PayloadPointers(job=("data", "job", "id"))),
        "print.done of a print by itself: `pointers.job` leads to None in the body, at data.job.id",
    ),
    (
        "deliveries-verify",
        with_webhooks(pointers=PayloadPointers(event=("event",))),
        "`pointers.event` leads to None in the body, at event",
    ),
    ("deliveries-verify", with_webhooks(events=same_key), "two events of one job have the key 'one'"),
    ("deliveries-verify", with_webhooks(events=early_event), "it happens before the job is created"),
    (
        "deliveries-verify",
        with_webhooks(signature=Forged(SIGNATURE.names)),
        "print.done of a print by itself: its signature is wrong for the receiver of its sender",
    ),
    ("eras-captured", shop(capture=None), "contracts/prints/captures/2026-02-01.yaml: there is no capture of this era"),
    (
        "operations-captured",
        shop(operations=with_operation("list", path="/print")),
        "operation list: the capture has no GET /print (did you mean 'GET /prints'?)",
    ),
]


@pytest.mark.parametrize(("duty", "checked", "found"), CASES)
def test_a_broken_part_breaks_its_duty(duty, checked, found):
    cases = broken_cases(checked, duty)
    assert any(found in case for case in cases), cases


def test_an_undocumented_status_breaks_the_capture_unless_a_scenario_requests_it():
    only_created = {"responses": {"201": {"description": "made"}}}
    capture = parse_capture({**document(), "paths": {"/prints": {"post": only_created}}}, "prints", DATE)
    checked = shop(capture=capture, operations=with_operation("create", handler=lambda call: Answer(Response(202))))
    assert broken_cases(checked, "answers-captured")[0].startswith("operation create: S1 at status: status 202 is not")
    assert broken_cases(checked, "status-errors-rendered") == []


def test_an_era_or_an_operation_can_say_why_no_capture_has_it():
    assert broken_cases(shop(capture=None, uncaptured="It is invented."), "eras-captured") == []
    assert broken_cases(shop(capture=None), "operations-captured") == []
    stored = shop(operations=with_operation("list", path="/storage", uncaptured="A storage."))
    assert broken_cases(stored, "operations-captured") == []


def test_a_kind_that_costs_nothing_has_no_ledger_to_check():
    assert broken_cases(shop(kinds=with_kind(PRINTS._replace(ledger=no_ledger))), "ledger-sound") == []


def test_the_event_of_a_state_of_another_era_may_stay_in_the_list_of_types():
    states = tuple(state for state in PRINT.states if state != "failed")
    transitions = tuple(each for each in PRINT.transitions if each.target != "failed")
    lifecycle = PRINT._replace(states=states, transitions=transitions, terminal=PRINT.terminal - {"failed"})
    checked = shop(kinds=with_kind(PRINTS._replace(lifecycle=lifecycle)))
    assert broken_cases(checked, "events-happen") == ["print, print.failed: no course of a job has this event"]
    both = checked.vendor._replace(eras=(checked.era, ERA))
    assert broken_cases(replace(checked, vendor=both), "events-happen") == []


def test_an_unsigned_delivery_needs_no_signature_and_an_empty_pointer_no_member():
    checked = with_webhooks(signature=None, pointers=PayloadPointers(job=(), event=("data", "id")))
    assert broken_cases(checked, "deliveries-verify") == []
