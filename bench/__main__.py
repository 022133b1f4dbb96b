"""Measures everything that the project promises about speed and size, and prints one table."""

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

from bench.load import Load, press, tool
from bench.recorded import taken, write_har
from bench.servers import KEY, ask, bare, ours, processors, resident
from mockserver.core.clock import Clock
from mockserver.core.instants import DAY, HOUR
from mockserver.core.wire import Request
from mockserver.engine.session import Session
from mockserver.engine.setup import Setup
from mockserver.runner.suite import START, Suite, in_process
from mockserver.scenario.library import Library
from mockserver.stores import memory_store
from mockserver.vendors.api import Create
from mockserver.vendors.registry import installed, resolve

ROUNDS = 5
MILLION = 1_000_000


class Row(NamedTuple):
    """One figure, and what was promised."""

    what: str
    figure: str
    promised: str
    kept: bool


def polls() -> Iterator[Row]:
    """A poll of a live job beside the smallest handler, in turns."""
    port, served = ours("--vendor", "phaseo@2026-06-11", "--clock", "manual")
    with served as (_, _):
        job = ask(port, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})["id"]
        body = ask(port, "GET", f"/v1/videos/{job}")
        ask(port, "POST", "/__mock/clock", {"advance": "5s"})
        size = len(str(body))
        other, constant = bare(size)
        with constant:
            mine: list[Load] = []
            theirs: list[Load] = []
            for _ in range(ROUNDS):
                theirs.append(press(f"http://127.0.0.1:{other}/v1/videos/x", KEY))
                mine.append(press(f"http://127.0.0.1:{port}/v1/videos/{job}", KEY))
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
        _, served = ours()
        with served as (_, seconds):
            mine.append(seconds)
        _, constant = bare(10)
        with constant as (_, seconds):
            theirs.append(seconds)
    one, two = statistics.median(mine), statistics.median(theirs)
    figure = f"{one * 1000:.0f} ms against {two * 1000:.0f} ms ({one / two:.2f})"
    yield Row("start to first answer, beside a bare aiohttp app", figure, "<= 1.0", one <= two)


def journal() -> Iterator[Row]:
    """A million requests against the default journal."""
    port, served = ours("--vendor", "phaseo@2026-06-11", "--clock", "x60")
    with served as (server, _):
        job = ask(port, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})["id"]
        url = f"http://127.0.0.1:{port}/v1/videos/{job}"
        press(url, KEY, 1.0)
        before, asked = resident(server.pid), _asked(port)
        while _asked(port) - asked < MILLION:
            press(url, KEY, 5.0)
        done, grown = _asked(port) - asked, resident(server.pid) - before
    yield Row(f"resident memory after {done:,} requests", f"{grown / 1e6:+.1f} MB", "< 10 MB", grown < 10e6)


def _asked(port: int) -> int:
    count: int = ask(port, "GET", "/__mock/sessions")["sessions"][0]["requests"]
    return count


def crowd() -> Iterator[Row]:
    """A million jobs in one session: bytes a job, polls beside one job, the longest pause meanwhile."""
    session = _session("phaseo@2026-06-11")
    room, store = session.room("phaseo")
    body = room.era.main.example
    ids = 0
    gc.collect()
    tracemalloc.start()
    for _ in range(100_000):
        job = room.plans.job("video", body, store.next_number("video"), START)
        store.commit([Create(job)])
        ids += sys.getsizeof(job.id)
    gc.collect()
    each = (tracemalloc.get_traced_memory()[0] - ids) / 100_000
    tracemalloc.stop()
    yield Row("memory of a job beyond its id (of 100,000)", f"{each:.0f} bytes", "<= 300", each <= 300)
    yield from _crowded_server()


def _crowded_server() -> Iterator[Row]:
    port, served = ours("--vendor", "phaseo@2026-06-11", "--clock", "manual")
    with served as (server, _):
        first = ask(port, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})["id"]
        url = f"http://127.0.0.1:{port}/v1/videos/{first}"
        press(url, KEY, 1.0)
        alone = [press(url, KEY).rate for _ in range(3)]
        before = resident(server.pid)
        with _pauses(port, first) as pauses:
            ask(port, "POST", "/__mock/jobs", {"vendor": "phaseo", "count": MILLION})
        each = (resident(server.pid) - before) / MILLION
        crowded = [press(url, KEY).rate for _ in range(3)]
        with _pauses(port, first) as reading:
            began = time.perf_counter()
            ask(port, "GET", "/v1/videos?status=queued&limit=50")
            built = time.perf_counter() - began
            began = time.perf_counter()
            ask(port, "GET", "/v1/videos?status=queued&limit=50")
            again = time.perf_counter() - began
    ratio = statistics.median(crowded) / statistics.median(alone)
    yield Row("resident memory of a job, id and all (of a million)", f"{each:.0f} bytes", "", True)
    yield Row("polls among a million jobs, times polls of one", f"{ratio:.2f}", ">= 0.8", ratio >= 0.8)
    worst = max(pauses)
    yield Row("longest poll while a million jobs are made", f"{worst * 1000:.0f} ms", "< 50 ms", worst < 0.05)
    worst = max(reading)
    figure = f"{worst * 1000:.0f} ms (the list took {built:.1f} s, then {again * 1000:.1f} ms)"
    yield Row("longest poll while their index is built", figure, "< 50 ms", worst < 0.05)


class _pauses:
    """Polls every millisecond in a thread; the latencies, in seconds."""

    def __init__(self, port: int, job: str) -> None:
        self._port, self._job = port, job
        self._took: list[float] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._poll)

    def _poll(self) -> None:
        import http.client

        held = http.client.HTTPConnection("127.0.0.1", self._port)
        while not self._done.is_set():
            began = time.perf_counter()
            held.request("GET", f"/v1/videos/{self._job}", headers=KEY)
            held.getresponse().read()
            self._took.append(time.perf_counter() - began)
            time.sleep(0.001)

    def __enter__(self) -> list[float]:
        self._thread.start()
        return self._took

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def _session(pin: str) -> Session:
    era = resolve(pin, installed())
    return Session(Setup("bench", {era.vendor: era}, Clock(0, START, 0.0), "0", memory_store))


def virtual_time() -> Iterator[Row]:
    """A big batch advanced by a day, and every bundled scenario played."""
    session = _session("twelvelabs")
    room, store = session.room("twelvelabs")
    example = dict(room.era.main.example)
    body = {**example, "requests": [example["requests"][0]] * 1000}
    store.commit([Create(room.plans.job("batch", body, 1, START))])
    took = []
    for _ in range(20):
        began = time.perf_counter()
        session.clock = session.clock.advance(0, DAY)
        happened = list(session.happened(START, START + DAY))
        took.append(time.perf_counter() - began)
        session.clock = Clock(0, START, 0.0)
    batch = statistics.median(took) * 1000
    assert happened
    yield Row("a batch of 1,000 items advanced by 24 hours", f"{batch:.1f} ms", "< 10 ms", batch < 10)
    vendors = installed()
    library = Library(vendors, Path("/nonexistent"))
    began = time.perf_counter()
    suite = Suite(vendors, in_process(memory_store))
    count = len([suite.play(library.load(str(path))) for path in library.bundled()])
    seconds = time.perf_counter() - began
    yield Row(f"all {count} bundled scenarios, loaded, played and judged", f"{seconds:.2f} s", "< 5 s", seconds < 5)


def engine_cost() -> Iterator[Row]:
    """What the engine alone takes for a poll that nothing was kept of."""
    session = _session("phaseo@2026-06-11")
    room, store = session.room("phaseo")
    store.commit([Create(room.plans.job("video", room.era.main.example, 1, START))])
    job = next(store.everything())
    asked = Request(
        "GET", f"/v1/videos/{job.id}", "", {name.lower(): value for name, value in room.era.wears("bench").items()}
    )
    began = time.perf_counter()
    for _ in range(20_000):
        session.answer("phaseo", asked, "http://127.0.0.1", HOUR)
    yield Row("engine alone: a poll, nothing kept", f"{(time.perf_counter() - began) / 20_000 * 1e6:.1f} us", "", True)


def judging() -> Iterator[Row]:
    """Schemas beside jsonschema's own speed, rules over time, and a recording's memory."""
    from bench import rules as rules_bench
    from mockserver.contract.capture import load
    from mockserver.contract.schemas import conforms, explains

    session = _session("phaseo@2026-06-11")
    room, store = session.room("phaseo")
    store.commit([Create(room.plans.job("video", room.era.main.example, 1, START))])
    headers = {name.lower(): value for name, value in room.era.wears("bench").items()}
    path = f"/v1/videos/{next(store.everything()).id}"
    body = json.loads(session.answer("phaseo", Request("GET", path, "", headers), "http://x", HOUR).response.body)
    capture = load("phaseo", "2026-06-11")
    operation = capture.find("GET", path)
    answer = operation.answer(200) if operation is not None else None
    assert answer is not None
    pointer = f"{answer.pointer}/content/application~1json/schema"
    assert conforms(capture, pointer, body)
    assert explains(capture, pointer, body)
    slow = _each(lambda: explains(capture, pointer, body), 200)
    fast = _each(lambda: conforms(capture, pointer, body), 20_000)
    figure = f"{slow / fast:.0f} ({fast * 1e6:.1f} against {slow * 1e6:.0f} us)"
    yield Row("schema of a video body, times jsonschema's own speed", figure, ">= 50", slow / fast >= 50)
    found = rules_bench.measure()
    yield Row("rules over time", f"{found.rate:,.0f} exchanges/s", ">= 20,000/s", found.rate >= 20_000)
    yield Row("1,000 exchanges of one job", f"{found.long_job * 1000:.0f} ms", "< 100 ms", found.long_job < 0.1)
    yield from _recordings()


def _each(call: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - began) / times


def _recordings() -> Iterator[Row]:
    """`mockserver check` of a HAR and of one four times as large: it must not need more, nor long to find the era."""
    check = [str(Path(sys.executable).parent / "mockserver"), "check"]
    with tempfile.TemporaryDirectory() as folder:
        hars = [Path(folder) / f"{megabytes}.har" for megabytes in (15, 60)]
        for har in hars:
            write_har(har, int(har.stem) * 1_000_000)
        small, large = (taken([*check, str(har)]) for har in hars)
        dated = taken([*check, str(hars[1]), "--vendor", "phaseo@2026-06-11"])
    figure = f"{large.peak / small.peak:.2f} ({large.peak / 1e6:.0f} against {small.peak / 1e6:.0f} MB)"
    kept = large.peak <= 1.15 * small.peak
    yield Row("peak memory of `check`, a HAR of 60 MB beside 15 MB", figure, "<= 1.15 times", kept)
    ratio = large.seconds / dated.seconds
    figure = f"{ratio:.2f} ({large.seconds / 60:.2f} against {dated.seconds / 60:.2f} s/MB)"
    yield Row("time of `check`, the era to be found beside it named", figure, "<= 2 times", ratio <= 2)


def trouble() -> Iterator[Row]:
    """What goes wrong on purpose, and who means harm: polls meanwhile, and what is left afterwards."""
    from bench import hostile, webhooks

    yield from _idle_faults()
    found = webhooks.measure()
    ratio = found.during.rate / found.before.rate
    figure = f"{ratio:.2f} ({found.during.rate:,.0f} against {found.before.rate:,.0f}/s)"
    yield Row("polls while 20,000 webhooks are delivered, beside none", figure, ">= 0.5", ratio >= 0.5)
    figure = f"{found.delivered:,}, 20,000 of them in {found.seconds:.1f} s, {found.grown / 1e6:+.0f} MB"
    yield Row("webhooks of 10,000 jobs, in order for each", figure, "all", found.in_order and found.delivered == 30_000)
    enemy = hostile.measure()
    lost = (enemy.broken, enemy.hung, enemy.tasks, max(enemy.descriptors, 0))
    figure = f"{lost[0]} broken, {lost[1]} hung, {lost[2]} tasks, {lost[3]} files left ({enemy.seconds:.0f} s)"
    yield Row("100,000 hostile connections", figure, "none", not any(lost) and enemy.well)


def _idle_faults() -> Iterator[Row]:
    """Polls of a job with a fault that is over, beside the same without any fault: what is not set costs nothing."""
    port, served = ours("--vendor", "phaseo@2026-06-11", "--clock", "manual")
    with served:
        job = ask(port, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})["id"]
        url, rates = f"http://127.0.0.1:{port}/v1/videos/{job}", []
        for _ in range(ROUNDS):
            plain = press(url, KEY, 1.0).rate
            fault = ask(port, "POST", "/__mock/faults", {"on": "cancel", "do": {"status": 503}})["id"]
            set_ = press(url, KEY, 1.0).rate
            ask(port, "DELETE", f"/__mock/faults/{fault}")
            rates.append((plain, set_, press(url, KEY, 1.0).rate))
    ratio = statistics.median(again / plain for plain, _, again in rates)
    other = statistics.median(set_ / plain for plain, set_, _ in rates)
    figure = f"{ratio:.2f} (with a fault of another operation: {other:.2f})"
    yield Row("polls after a fault was taken away, beside before", figure, ">= 0.9", ratio >= 0.9)


MEASURES = {
    "polls": polls,
    "startup": startup,
    "journal": journal,
    "crowd": crowd,
    "virtual": virtual_time,
    "engine": engine_cost,
    "judging": judging,
    "trouble": trouble,
}


def main() -> int:
    """Measure what was named (everything by default); 1 where a promise is not kept."""
    chosen = sys.argv[1:] or list(MEASURES)
    print(f"load by {tool()}, {processors()} processors, Python {sys.version.split()[0]}\n", flush=True)
    broken = 0
    for name in chosen:
        for row in MEASURES[name]():
            mark = "  " if row.kept else "!!"
            print(f"{mark} {row.what:<58} {row.figure:<52} {row.promised}", flush=True)
            broken += not row.kept
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
