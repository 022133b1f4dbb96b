"""The memory store counts what it takes, and bounds what a client can add without a job."""

import gc
import tracemalloc
from typing import Any

import pytest

from mockserver.core.job import COMMAND, Input, Job
from mockserver.core.ratelimit import LimitWindow
from mockserver.installed import installed_vendors
from mockserver.stores import memory, memory_store
from mockserver.stores.memory import INPUT_BYTES, ROW_BYTES, MemoryStore
from mockserver.vendors.api import AppendInput, ConsumeLimit, CreateJob
from mockserver.vendors.planner import Planner
from mockserver.vendors.script import NO_SCRIPT


def create(store: MemoryStore, planner: Planner, kind: str, body: dict[str, Any]) -> Job:
    job = planner.create_job(kind, body, store.next_number(kind), 0)
    store.commit([CreateJob(job)])
    return job


@pytest.mark.parametrize("vendor", installed_vendors().served())
@pytest.mark.parametrize("distinct", [False, True])
def test_the_counted_bytes_are_those_of_memory(vendor, distinct):
    era = installed_vendors()[vendor].eras[-1]
    kind = era.main_kind
    store = memory_store(era)
    planner = Planner(era, NO_SCRIPT, "0")
    text = next(name for name in ("prompt", "sourceUrl", "model_name") if name in kind.example)
    create(store, planner, kind.name, kind.example)
    gc.collect()
    tracemalloc.start()
    try:
        taken = -tracemalloc.get_traced_memory()[0]
        counted = -store.retained_bytes
        for number in range(2_000):
            body = {**kind.example, text: f"{kind.example[text]}{number}"} if distinct else kind.example
            create(store, planner, kind.name, body)
        gc.collect()
        taken += tracemalloc.get_traced_memory()[0]
        counted += store.retained_bytes
    finally:
        tracemalloc.stop()
    assert 0.4 < taken / counted < 1.3


def test_of_many_values_some_stand_for_all():
    era = next(era for era in installed_vendors()["phaseo"].eras if "batch" in era.kinds)
    store = memory_store(era)
    body = {
        "model": "openai/gpt-5-nano",
        "requests": [{"custom_id": str(n), "body": {"input": ""}} for n in range(9_999)],
    }
    gc.collect()
    tracemalloc.start()
    try:
        job = create(store, Planner(era, NO_SCRIPT, "0"), "batch", body)
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(job.spec["items"]) == 9_999
    assert 0.4 < taken / store.retained_bytes < 1.3


def test_a_text_among_many_values_counts_at_least_its_length():
    era = next(era for era in installed_vendors()["phaseo"].eras if "batch" in era.kinds)
    store = memory_store(era)
    rows = [{"custom_id": str(n), "body": {"input": ""}} for n in range(2_000)]
    body = {"model": "openai/gpt-5-nano", "metadata": {"n": ["", *["x"] * 900, "y" * 5_000_000, ""]}, "requests": rows}
    create(store, Planner(era, NO_SCRIPT, "0"), "batch", body)
    assert store.retained_bytes > 5_000_000


def test_a_large_text_is_kept_and_counted_once():
    era = installed_vendors()["phaseo"].eras[-1]
    store = memory_store(era)
    planner = Planner(era, NO_SCRIPT, "0")
    body = {**era.main_kind.example, "prompt": "x" * 1_000_000}
    create(store, planner, era.main_kind.name, body)
    first = store.retained_bytes
    assert 1_000_000 < first < 1_100_000
    job = create(store, planner, era.main_kind.name, body)
    assert store.retained_bytes == first + ROW_BYTES, "equal specs share a slot, even as two objects"
    preview = "y" * 500
    change = Input(0, store.next_seq(), COMMAND, "update", {"preview": preview, "tries": [1, 2]})
    store.commit([AppendInput(job.kind, job.id, job.version, change)])
    assert store.retained_bytes > first + ROW_BYTES + INPUT_BYTES + len(preview)


def test_the_rate_limit_buckets_are_bounded_and_those_used_last_stay(monkeypatch):
    monkeypatch.setattr(memory, "MAX_WINDOWS", 3)
    store = MemoryStore()
    for key in ("a", "b", "c", "a", "d"):
        store.commit([ConsumeLimit((key, "get"), LimitWindow(1, 1))])
    assert {key for key in "abcd" if store.window((key, "get")) is not None} == {"a", "c", "d"}
