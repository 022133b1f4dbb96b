"""A recording as far as it can be read: what comes before the first bad line, and why there is no more."""

from collections.abc import Iterator

from mockserver.core.wire import Exchange
from mockserver.errors import refuse
from mockserver.recordings import readable
from mockserver.recordings.readable import ReadableExchanges
from tests.support.recorded_jobs import recorded_job

CALLS = recorded_job((1, "queued"), (2, "processing"), (3, "completed"))


def broken_file() -> Iterator[Exchange]:
    yield from CALLS
    raise refuse("REC002", "not JSON")


def test_the_exchanges_before_a_bad_one_are_read_and_the_problem_is_remembered():
    exchanges = ReadableExchanges(broken_file(), lambda number: None)
    assert list(exchanges) == CALLS
    assert [problem.message for problem in exchanges.problems] == ["not JSON"]


def test_each_exchange_is_noted_and_some_are_reported(monkeypatch):
    monkeypatch.setattr(readable, "PROGRESS_EVERY", 3)
    shown: list[int] = []
    noted: list[Exchange] = []
    exchanges = ReadableExchanges(CALLS, shown.append, noted.append)
    assert list(exchanges) == list(exchanges) == CALLS
    assert shown == [0, 3]
    assert noted == CALLS, "a small recording is read once"
    assert not exchanges.problems


def test_a_large_recording_is_read_each_time(monkeypatch):
    monkeypatch.setattr(readable, "MAX_KEPT_BYTES", 1)
    noted: list[Exchange] = []
    exchanges = ReadableExchanges(CALLS, lambda number: None, noted.append)
    assert list(exchanges) == list(exchanges) == CALLS
    assert noted == CALLS * 2


def test_a_reading_that_is_given_up_is_not_taken_for_all():
    exchanges = ReadableExchanges(CALLS, lambda number: None)
    assert next(iter(exchanges)) == CALLS[0]
    assert list(exchanges) == CALLS
