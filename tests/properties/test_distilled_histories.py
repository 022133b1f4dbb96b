"""Generated histories: any course, polled at any interval, cancelled or not, with errors, alone or at once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.core.instants import MILLISECOND, SECOND, format_duration
from mockserver.core.wire import Response
from tests.support.call_recorder import CLIENT_KEY, CallRecorder, distill
from tests.support.drawn_histories import drawn_histories, find_lost_calls

STAYS = st.integers(1, 90).map(lambda number: number * SECOND)
INTERVALS = st.lists(st.integers(300, 9_000), min_size=4, max_size=25)
ENDS = st.sampled_from(["completed", "failed", "expired"])
STATES = ("queued", "processing")
VENDORS = st.sampled_from(["phaseo@2026-06-11", "reap@2026-07-07"])


def script_of(stays, end, faults=""):
    parts = ", ".join(f"{state}: {format_duration(stay)}" for state, stay in zip(STATES, stays, strict=True))
    return f"timeline: [{parts}, {end}]\n{faults}"


@settings(max_examples=60, deadline=None)
@given(vendor=VENDORS, stays=st.tuples(STAYS, STAYS), end=ENDS, intervals=INTERVALS, cancel=st.integers(0, 40))
def test_a_sequential_history_survives_the_round_trip(vendor, stays, end, intervals, cancel):
    recorder = CallRecorder(vendor, script_of(stays, end))
    job = recorder.call("create")
    for number, interval in enumerate(intervals):
        recorder.wait(interval * MILLISECOND)
        if number == cancel:
            recorder.call("cancel", job)
        recorder.call("get", job)
    found = distill(recorder.exchanges, pin=vendor)
    assert found.is_whole, (found.text, found.play_failures)
    assert found.draft.line_count <= 16


@settings(max_examples=40, deadline=None)
@given(
    stays=st.tuples(STAYS, STAYS),
    intervals=INTERVALS,
    start=st.integers(1, 30),
    length=st.integers(1, 30),
    status=st.sampled_from([429, 500, 502, 503]),
)
def test_errors_for_a_while_survive_the_round_trip(stays, intervals, start, length, status):
    fault = f"faults: [{{on: get, when: {{between: [{start}s, {start + length}s]}}, do: {{status: {status}}}}}]"
    recorder = CallRecorder("phaseo@2026-06-11", script_of(stays, "completed", fault))
    job = recorder.call("create")
    for interval in intervals:
        recorder.wait(interval * MILLISECOND)
        recorder.call("get", job)
    found = distill(recorder.exchanges, pin="phaseo@2026-06-11")
    assert found.is_whole, (found.text, found.play_failures)


@settings(max_examples=40, deadline=None)
@given(
    stays=st.tuples(STAYS, STAYS),
    calls=st.lists(st.sampled_from(["get", "cancel", "delete"]), min_size=2, max_size=4),
    at=st.integers(0, 60),
    order=st.randoms(use_true_random=False),
)
def test_calls_at_once_survive_the_round_trip(stays, calls, at, order):
    recorder = CallRecorder("phaseo@2026-06-11", script_of(stays, "completed"))
    job = recorder.call("create")
    recorder.wait(at * SECOND)
    for name in calls:
        recorder.call(name, job, took=0)
    # All were sent, in any order, before the first was answered.
    create, *together = recorder.exchanges
    numbers = list(range(3, 3 + len(together)))
    order.shuffle(numbers)
    recorder.exchanges = [create] + [
        each._replace(sent_seq=sent, answered_seq=3 + len(together) + place)
        for place, (each, sent) in enumerate(zip(together, numbers, strict=True))
    ]
    recorder.exchanges.sort(key=lambda each: each.sent_seq)
    recorder.wait(SECOND)
    found = distill(recorder.exchanges, pin="phaseo@2026-06-11")
    assert not found.unexplained, found.text


@settings(max_examples=25, deadline=None)
@given(drawn_histories())
def test_a_history_of_several_jobs_and_faults_is_explained(history):
    """`python -m bench.histories` draws others for as long as it is asked to."""
    assert find_lost_calls(history) == []


@settings(max_examples=30, deadline=None)
@given(secret=st.text("abcdefghijkmnpqrstuvwxyz0123456789", min_size=24, max_size=40), place=st.integers(0, 5))
def test_a_secret_of_the_recording_is_never_written(secret, place):
    recorder = CallRecorder("phaseo@2026-06-11")
    job = recorder.call("create", prompt=secret)
    recorder.poll(job, 4, 9 * SECOND)
    recorder.call("cancel", job)
    number = place % len(recorder.exchanges)
    exchange = recorder.exchanges[number]
    body = {"error": secret, "reason": secret, "status": secret, "id": secret, secret: secret}
    recorder.change_answer(number, **body)
    headers = {**exchange.request.headers, "authorization": f"Bearer {secret}", "x-request-id": secret}
    changed = recorder.exchanges[number]
    response = changed.response or Response(500)
    recorder.exchanges[number] = changed._replace(
        request=changed.request._replace(headers=headers, query=f"q={secret}"),
        response=response._replace(headers=(*response.headers, ("Retry-After", secret))),
    )
    found = distill(recorder.exchanges, pin="phaseo@2026-06-11")
    assert secret not in found.text
    assert CLIENT_KEY not in found.text
