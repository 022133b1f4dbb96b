"""A logged store writes a change before memory has it, and not at all if it does not fit."""

import pytest

from mockserver.core.job import Input, Job, JobPlan
from mockserver.core.ratelimit import LimitWindow
from mockserver.core.timeline import TimelineStep
from mockserver.engine.store import VersionConflict
from mockserver.errors import MockError, refuse
from mockserver.installed import installed_vendors
from mockserver.stores import logged_store
from mockserver.stores.logged import LoggedStore
from mockserver.vendors.api import AppendInput, ConsumeLimit, CreateJob, StoreChange
from mockserver.vendors.planner import Planner
from mockserver.vendors.script import NO_SCRIPT
from tests.support.toy_lifecycles import JOB

PLAN = JobPlan(JOB, (TimelineStep("waiting"),))


def new_job(number: int = 1) -> Job:
    return Job(f"job-{number}", number, 0, {}, PLAN)


class Writer:
    """Keeps what it is given, with what the store had at that moment; may refuse."""

    def __init__(self) -> None:
        self.store = LoggedStore("kiln", {}, self.write)
        self.written: list[tuple[str, tuple[StoreChange, ...], int]] = []
        self.error: Exception | None = None

    def write(self, vendor: str, changes: tuple[StoreChange, ...]) -> None:
        if self.error is not None:
            raise self.error
        self.written.append((vendor, changes, len(self.store)))


def test_a_commit_is_written_before_memory_has_it() -> None:
    writer = Writer()
    changes = (CreateJob(new_job()), ConsumeLimit(("key", "create"), LimitWindow(0, 1)))
    writer.store.commit(iter(changes))
    assert writer.written == [("kiln", changes, 0)]
    assert len(writer.store) == 1
    assert list(writer.store.windows()) == [changes[1]]


def test_what_does_not_fit_is_not_written() -> None:
    writer = Writer()
    with pytest.raises(VersionConflict):
        writer.store.commit([AppendInput("job", "job-1", 0, Input(0, 1, "poll"))])
    assert writer.written == []


@pytest.mark.parametrize("error", [VersionConflict(), refuse("SRV031", "the disk is gone")])
def test_what_cannot_be_written_is_not_committed(error: Exception) -> None:
    writer = Writer()
    writer.error = error
    with pytest.raises((VersionConflict, MockError)):
        writer.store.commit([CreateJob(new_job())])
    assert len(writer.store) == 0


def test_what_a_log_has_already_is_not_written_again() -> None:
    writer = Writer()
    writer.store.replay([CreateJob(new_job())])
    assert len(writer.store) == 1
    assert writer.written == []


def test_a_store_of_an_era_knows_the_items_of_its_batches() -> None:
    era = installed_vendors()["twelvelabs"].eras[-1]
    written: list[str] = []
    store = logged_store(era, lambda vendor, changes: written.append(vendor))
    kind = era.main_kind
    batch = Planner(era, NO_SCRIPT, "seed").create_job(kind.name, kind.example, 1, 0)
    store.commit([CreateJob(batch)])
    assert written == ["twelvelabs"]
    assert kind.item_ids is not None
    assert store.item(kind.item_ids(batch)[0]) is not None
