"""Measures everything that the project promises about speed and size, and prints one table."""

import argparse
import gc
import json
import statistics
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from bench import engine
from bench.check_memory import command_cost, write_har
from bench.load import Load, load_tool, measure_load
from bench.servers import AUTH_HEADER, bare_server, call_server, mock_server, processor_count, resident_bytes
from mockserver.core.clock import Clock
from mockserver.core.instants import DAY, HOUR
from mockserver.core.wire import Request
from mockserver.engine.session.session import Session
from mockserver.engine.session.setup import SessionSetup
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import DEFAULT_START, in_process_targets
from mockserver.scenario.library import ScenarioLibrary
from mockserver.stores import memory_store
from mockserver.vendors.api import CreateJob
from mockserver.vendors.registry import installed_vendors, resolve_era

ROUNDS = 5
MILLION = 1_000_000


class Row(NamedTuple):
    """One figure, and what was promised."""

    subject: str
    figure: str
    promise: str
    is_met: bool


def polls() -> Iterator[Row]:
    """A poll of a live job beside the smallest handler, in turns."""
    port, served = mock_server("--vendor", "phaseo@2026-06-11", "--clock", "manual")
    with served as (_, _):
        job = call_server(port, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})["id"]
        body = call_server(port, "GET", f"/v1/videos/{job}")
        call_server(port, "POST", "/__mock/clock", {"advance": "5s"})
        size = len(str(body))
        other, constant = bare_server(size)
        with constant:
            mine: list[Load] = []
            theirs: list[Load] = []
            for _ in range(ROUNDS):
                theirs.append(measure_load(f"http://127.0.0.1:{other}/v1/videos/x", AUTH_HEADER))
                mine.append(measure_load(f"http://127.0.0.1:{port}/v1/videos/{job}", AUTH_HEADER))
    ratios = [one.rate / two.rate for one, two in zip(mine, theirs, strict=True)]
    ratio = statistics.median(ratios)
    p99 = statistics.median(one.p99 for one in mine)
    rates = (
        f"{statistics.median(one.rate for one in mine):,.0f} against {statistics.median(t.rate for t in theirs):,.0f}"
    )
    yield Row(
        "poll of a live job, times the smallest aiohttp handler", f"{ratio:.2f} ({rates}/s)", ">= 1.5", ratio >= 1.5
    )
    yield Row("p99 of it at 64 connections", f"{p99:.2f} ms", "< 5 ms", p99 < 5)


def startup() -> Iterator[Row]:
    """From the start of the process to the first answer, in turns with a bare aiohttp application."""
    mine, theirs = [], []
    for _ in range(7):
        _, served = mock_server()
        with served as (_, seconds):
            mine.append(seconds)
        _, constant = bare_server(10)
        with constant as (_, seconds):
            theirs.append(seconds)
    one, two = statistics.median(mine), statistics.median(theirs)
    figure = f"{one * 1000:.0f} ms against {two * 1000:.0f} ms ({one / two:.2f})"
    yield Row("start to first answer, beside a bare aiohttp app", figure, "<= 1.0", one <= two)


def journal() -> Iterator[Row]:
    """A million requests against the default journal."""
    port, served = mock_server("--vendor", "phaseo@2026-06-11", "--clock", "x60")
    with served as (server, _):
        job = call_server(port, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})["id"]
        url = f"http://127.0.0.1:{port}/v1/videos/{job}"
        measure_load(url, AUTH_HEADER, 1.0)
        before, asked = resident_bytes(server.pid), _request_count(port)
        while _request_count(port) - asked < MILLION:
            measure_load(url, AUTH_HEADER, 5.0)
        done, grown = _request_count(port) - asked, resident_bytes(server.pid) - before
    yield Row(f"resident memory after {done:,} requests", f"{grown / 1e6:+.1f} MB", "< 10 MB", grown < 10e6)


def _request_count(port: int) -> int:
    count: int = call_server(port, "GET", "/__mock/sessions")["sessions"][0]["requests"]
    return count


def million_jobs() -> Iterator[Row]:
    """A million jobs in one session: bytes a job, polls beside one job, the longest pause meanwhile."""
    session = _new_session("phaseo@2026-06-11")
    room = session.context("phaseo")
    store = room.store
    body = room.era.main_kind.example
    ids = 0
    gc.collect()
    tracemalloc.start()
    for _ in range(100_000):
        job = room.job_factory.create_job("video", body, store.next_number("video"), DEFAULT_START)
        store.commit([CreateJob(job)])
        ids += sys.getsizeof(job.id)
    gc.collect()
    each = (tracemalloc.get_traced_memory()[0] - ids) / 100_000
    tracemalloc.stop()
    yield Row("memory of a job beyond its id (of 100,000)", f"{each:.0f} bytes", "<= 300", each <= 300)
    yield from _million_jobs_served()


def _million_jobs_served() -> Iterator[Row]:
    port, served = mock_server("--vendor", "phaseo@2026-06-11", "--clock", "manual")
    with served as (server, _):
        first = call_server(port, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})["id"]
        url = f"http://127.0.0.1:{port}/v1/videos/{first}"
        measure_load(url, AUTH_HEADER, 1.0)
        alone = [measure_load(url, AUTH_HEADER).rate for _ in range(3)]
        before = resident_bytes(server.pid)
        with PollLatencies(port, first) as pauses:
            call_server(port, "POST", "/__mock/jobs", {"vendor": "phaseo", "count": MILLION})
        each = (resident_bytes(server.pid) - before) / MILLION
        crowded = [measure_load(url, AUTH_HEADER).rate for _ in range(3)]
        with PollLatencies(port, first) as reading:
            began = time.perf_counter()
            call_server(port, "GET", "/v1/videos?status=queued&limit=50")
            built = time.perf_counter() - began
            began = time.perf_counter()
            call_server(port, "GET", "/v1/videos?status=queued&limit=50")
            again = time.perf_counter() - began
    ratio = statistics.median(crowded) / statistics.median(alone)
    yield Row("resident memory of a job, id and all (of a million)", f"{each:.0f} bytes", "", True)
    yield Row("polls among a million jobs, times polls of one", f"{ratio:.2f}", ">= 0.8", ratio >= 0.8)
    worst = max(pauses)
    yield Row("longest poll while a million jobs are made", f"{worst * 1000:.0f} ms", "< 50 ms", worst < 0.05)
    worst = max(reading)
    figure = f"{worst * 1000:.0f} ms (the list took {built:.1f} s, then {again * 1000:.1f} ms)"
    yield Row("longest poll while their index is built", figure, "< 50 ms", worst < 0.05)


class PollLatencies:
    """Polls every millisecond in a thread; the latencies, in seconds."""

    def __init__(self, port: int, job: str) -> None:
        self._port, self._job = port, job
        self._latencies: list[float] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._poll)

    def _poll(self) -> None:
        import http.client

        held = http.client.HTTPConnection("127.0.0.1", self._port)
        while not self._done.is_set():
            began = time.perf_counter()
            held.request("GET", f"/v1/videos/{self._job}", headers=AUTH_HEADER)
            held.getresponse().read()
            self._latencies.append(time.perf_counter() - began)
            time.sleep(0.001)

    def __enter__(self) -> list[float]:
        self._thread.start()
        return self._latencies

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def _new_session(pin: str) -> Session:
    era = resolve_era(pin, installed_vendors())
    return Session(SessionSetup("bench", {era.vendor: era}, Clock(0, DEFAULT_START, 0.0), "0", memory_store))


def virtual_time() -> Iterator[Row]:
    """A big batch advanced by a day, and every bundled scenario played."""
    session = _new_session("twelvelabs")
    room = session.context("twelvelabs")
    store = room.store
    example = dict(room.era.main_kind.example)
    body = {**example, "requests": [example["requests"][0]] * 1000}
    store.commit([CreateJob(room.job_factory.create_job("batch", body, 1, DEFAULT_START))])
    took = []
    for _ in range(20):
        began = time.perf_counter()
        session.clock = session.clock.advance(0, DAY)
        happened = list(session.transitions_between(DEFAULT_START, DEFAULT_START + DAY))
        took.append(time.perf_counter() - began)
        session.clock = Clock(0, DEFAULT_START, 0.0)
    batch = statistics.median(took) * 1000
    assert happened
    yield Row("a batch of 1,000 items advanced by 24 hours", f"{batch:.1f} ms", "< 10 ms", batch < 10)
    vendors = installed_vendors()
    library = ScenarioLibrary(vendors, Path("/nonexistent"))
    began = time.perf_counter()
    suite = Suite(vendors, in_process_targets(memory_store))
    count = len([suite.play(library.load(str(path))) for path in library.bundled()])
    seconds = time.perf_counter() - began
    yield Row(f"all {count} bundled scenarios, loaded, played and judged", f"{seconds:.2f} s", "< 5 s", seconds < 5)


def engine_cost() -> Iterator[Row]:
    """What the engine alone takes for a request, beside another checkout if there is one (`--against`)."""
    for case, here, other in engine.compare(_against):
        if other is None:
            yield Row(f"engine alone: a {case}", f"{here:.1f} us", "", True)
        else:
            figure = f"{here:.1f} us against {other:.1f} us ({here / other:.2f})"
            yield Row(f"engine alone: a {case}, beside the other checkout", figure, "<= 1.0", here <= other * 1.05)


def judging() -> Iterator[Row]:
    """Schemas beside jsonschema's own speed, rules over time, and a recording's memory."""
    from bench import rules_over_time as rules_bench
    from mockserver.contract.documents.capture import load_capture
    from mockserver.contract.schema.validate import conforms, reference_is_valid

    session = _new_session("phaseo@2026-06-11")
    room = session.context("phaseo")
    store = room.store
    store.commit([CreateJob(room.job_factory.create_job("video", room.era.main_kind.example, 1, DEFAULT_START))])
    headers = {name.lower(): value for name, value in room.era.auth_headers("bench").items()}
    path = f"/v1/videos/{next(store.all_jobs()).id}"
    body = json.loads(session.answer("phaseo", Request("GET", path, "", headers), "http://x", HOUR).response.body)
    capture = load_capture("phaseo", "2026-06-11")
    operation = capture.find("GET", path)
    answer = operation.answer(200) if operation is not None else None
    assert answer is not None
    pointer = f"{answer.pointer}/content/application~1json/schema"
    assert conforms(capture, pointer, body)
    assert reference_is_valid(capture, pointer, body)
    slow = _seconds_per_call(lambda: reference_is_valid(capture, pointer, body), 200)
    fast = _seconds_per_call(lambda: conforms(capture, pointer, body), 20_000)
    figure = f"{slow / fast:.0f} ({fast * 1e6:.1f} against {slow * 1e6:.0f} us)"
    yield Row("schema of a video body, times jsonschema's own speed", figure, ">= 50", slow / fast >= 50)
    found = rules_bench.measure()
    yield Row("rules over time", f"{found.rate:,.0f} exchanges/s", ">= 20,000/s", found.rate >= 20_000)
    yield Row("1,000 exchanges of one job", f"{found.long_job * 1000:.0f} ms", "< 100 ms", found.long_job < 0.1)
    yield from _recording_rows()


def _seconds_per_call(call: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - began) / times


def _recording_rows() -> Iterator[Row]:
    """`mockserver check` of a HAR and of one four times as large: it must not need more, nor long to find the era."""
    check = [str(Path(sys.executable).parent / "mockserver"), "check"]
    with tempfile.TemporaryDirectory() as folder:
        hars = [Path(folder) / f"{megabytes}.har" for megabytes in (15, 60)]
        for har in hars:
            write_har(har, int(har.stem) * 1_000_000)
        small, large = (command_cost([*check, str(har)]) for har in hars)
        dated = command_cost([*check, str(hars[1]), "--vendor", "phaseo@2026-06-11"])
    figure = f"{large.peak_bytes / small.peak_bytes:.2f} ({large.peak_bytes / 1e6:.0f} against {small.peak_bytes / 1e6:.0f} MB)"
    kept = large.peak_bytes <= 1.15 * small.peak_bytes
    yield Row("peak memory of `check`, a HAR of 60 MB beside 15 MB", figure, "<= 1.15 times", kept)
    ratio = large.seconds / dated.seconds
    figure = f"{ratio:.2f} ({large.seconds / 60:.2f} against {dated.seconds / 60:.2f} s/MB)"
    yield Row("time of `check`, the era to be found beside it named", figure, "<= 2 times", ratio <= 2)


def faults_and_attacks() -> Iterator[Row]:
    """What goes wrong on purpose, and who means harm: polls meanwhile, and what is left afterwards."""
    from bench import hostile_clients, webhooks

    yield from _inactive_faults()
    found = webhooks.measure()
    ratio = found.load_during.rate / found.load_before.rate
    figure = f"{ratio:.2f} ({found.load_during.rate:,.0f} against {found.load_before.rate:,.0f}/s)"
    yield Row("polls while 20,000 webhooks are delivered, beside none", figure, ">= 0.5", ratio >= 0.5)
    figure = f"{found.delivered:,}, 20,000 of them in {found.seconds:.1f} s, {found.memory_growth / 1e6:+.0f} MB"
    yield Row("webhooks of 10,000 jobs, in order for each", figure, "all", found.in_order and found.delivered == 30_000)
    enemy = hostile_clients.measure()
    lost = (enemy.failed_count, enemy.hung_count, enemy.leaked_tasks, max(enemy.leaked_descriptors, 0))
    figure = f"{lost[0]} broken, {lost[1]} hung, {lost[2]} tasks, {lost[3]} files left ({enemy.seconds:.0f} s)"
    yield Row("100,000 hostile connections", figure, "none", not any(lost) and enemy.still_answers)


def _inactive_faults() -> Iterator[Row]:
    """Polls of a job with a fault that is over, beside the same without any fault: what is not set costs nothing."""
    port, served = mock_server("--vendor", "phaseo@2026-06-11", "--clock", "manual")
    with served:
        job = call_server(port, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})["id"]
        url, rates = f"http://127.0.0.1:{port}/v1/videos/{job}", []
        for _ in range(ROUNDS):
            plain = measure_load(url, AUTH_HEADER, 1.0).rate
            fault = call_server(port, "POST", "/__mock/faults", {"on": "cancel", "do": {"status": 503}})["id"]
            set_ = measure_load(url, AUTH_HEADER, 1.0).rate
            call_server(port, "DELETE", f"/__mock/faults/{fault}")
            rates.append((plain, set_, measure_load(url, AUTH_HEADER, 1.0).rate))
    ratio = statistics.median(again / plain for plain, _, again in rates)
    other = statistics.median(set_ / plain for plain, set_, _ in rates)
    figure = f"{ratio:.2f} (with a fault of another operation: {other:.2f})"
    yield Row("polls after a fault was taken away, beside before", figure, ">= 0.9", ratio >= 0.9)


MEASURES = {
    "polls": polls,
    "startup": startup,
    "journal": journal,
    "crowd": million_jobs,
    "virtual": virtual_time,
    "engine": engine_cost,
    "judging": judging,
    "trouble": faults_and_attacks,
}


_against: Path | None = None
"""Another checkout, to measure the engine beside (`--against PATH`)."""


def main() -> int:
    """Measure what was named (everything by default); 1 where a promise is not kept."""
    global _against
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(MEASURES))
    parser.add_argument("--against", type=Path, metavar="PATH", help="a checkout to measure the engine beside")
    options = parser.parse_args()
    _against = options.against
    chosen = options.measures or list(MEASURES)
    print(f"load by {load_tool()}, {processor_count()} processors, Python {sys.version.split()[0]}\n", flush=True)
    broken = 0
    for name in chosen:
        for row in MEASURES[name]():
            mark = "  " if row.is_met else "!!"
            print(f"{mark} {row.subject:<58} {row.figure:<52} {row.promise}", flush=True)
            broken += not row.is_met
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
