"""How far an answer moves a clock that polls move."""

import pytest

from mockserver.core.instants import SECOND, Instant
from mockserver.core.wire import Request, Response
from mockserver.engine.client_sleep import client_sleep
from mockserver.engine.journal import JournalEntry
from mockserver.engine.reply import Reply
from mockserver.scenario.compile import load_scenario
from tests.support.fake_world import VENDORS, FakeWorld, fake_world

STEP = 7 * SECOND


@pytest.fixture
def world() -> FakeWorld:
    """Build a world of TwelveLabs, whose answers ask for no wait, with a clock that polls move by 7 s."""
    return stepping("twelvelabs")


def stepping(vendor: str, date: str = "") -> FakeWorld:
    world = fake_world(vendor, date)
    world.session.clock = world.session.clock.step_on_polls(0, STEP)
    return world


def sleep_after(world: FakeWorld, operation: str, job_id: str = "") -> int:
    """Call an operation and return how long its client sleeps afterwards."""
    world.call_operation(operation, job_id)
    assert world.last is not None
    return client_sleep(world.session, Request("GET", "/"), world.last)


def create_job(world: FakeWorld) -> str:
    """Create a job of the vendor's main kind and return its id."""
    world.call_operation("create")
    assert world.last is not None
    return world.last.job_id


def test_a_poll_of_a_running_job_sleeps_for_the_step(world):
    assert sleep_after(world, "get", create_job(world)) == STEP


def test_an_answer_that_asks_for_a_wait_is_obeyed():
    world = stepping("phaseo", "2026-06-11")
    assert sleep_after(world, "get", create_job(world)) == 20 * SECOND


def test_a_job_that_has_ended_is_not_polled_again(world):
    job_id = create_job(world)
    world.elapsed = 3600
    assert sleep_after(world, "get", job_id) == 0


def test_behind_an_altered_answer_an_ended_job_is_polled_again():
    lagging = b"scenario: lagging\nvendor: twelvelabs\nfaults: [{on: get, do: {stale: 1m}}]\n"
    world = fake_world("twelvelabs", script=load_scenario(lagging, VENDORS).script)
    world.session.clock = world.session.clock.step_on_polls(0, STEP)
    job_id = create_job(world)
    world.elapsed = 60
    assert sleep_after(world, "get", job_id) == STEP


@pytest.mark.parametrize("operation", ["create", "list", "cancel"])
def test_after_what_is_no_poll_the_client_goes_on_at_once(operation, world):
    job_id = create_job(world) if operation == "cancel" else ""
    assert sleep_after(world, operation, job_id) == 0


def test_an_unknown_job_is_not_polled_again(world):
    assert sleep_after(world, "get", "0" * 24) == 0


def test_a_path_without_an_operation_is_not_polled_again(world):
    world.request("GET", "/v1.3/nowhere")
    assert client_sleep(world.session, Request("GET", "/"), world.last) == 0


def reply_of(vendor: str, kind: str, operation: str, at: Instant, response: Response) -> Reply:
    """Return a reply about no job."""
    entry = JournalEntry(
        seq=1,
        request_id="req_1",
        at=at,
        vendor=vendor,
        operation=operation,
        job_id="",
        request=Request("GET", "/"),
        response=response,
    )
    return Reply(entry, response, kind, 0)


@pytest.mark.parametrize(("headers", "sleep"), [((("Retry-After", "30"),), 30 * SECOND), ((), STEP)])
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_answer_is_waited_for_whatever_was_asked(status, headers, sleep, world):
    busy = reply_of("twelvelabs", "batch", "create", world.now, Response(status, headers))
    assert client_sleep(world.session, Request("POST", "/"), busy) == sleep


def test_a_vendor_that_was_not_used_has_no_running_job(world):
    foreign = reply_of("reap", "project", "get", world.now, Response(200))
    assert client_sleep(world.session, Request("GET", "/"), foreign) == 0


def test_another_clock_is_not_moved_by_polls():
    world = fake_world("twelvelabs")
    assert sleep_after(world, "get", create_job(world)) == 0
