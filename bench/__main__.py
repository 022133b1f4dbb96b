"""Measures everything that the project promises about speed and size, and prints one table."""

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from bench import engine, mixed_load, packs
from bench.check_memory import command_cost, write_har
from bench.large_requests import PollLatencies
from bench.live_page import speed_beside_page
from bench.load import Load, load_tool, measure_load
from bench.pytest_plugin import server_ms, unused_plugin_ms
from bench.servers import AUTH_HEADER, bare_server, call_server, mock_server, processor_count, resident_bytes
from mockserver.core.clock import Clock
from mockserver.core.instants import DAY, HOUR
from mockserver.core.wire import Request
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.engine.transitions import TransitionFinder
from mockserver.installed import installed_vendors
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import DEFAULT_START, in_process_targets
from mockserver.scenario.library import ScenarioLibrary
from mockserver.stores import memory_store
from mockserver.vendors.api import CreateJob
from mockserver.vendors.registry import resolve_era

ROUNDS = 5
MILLION = 1_000_000


class Row(NamedTuple):
    """One measured figure and its promised limit."""

    subject: str
    figure: str
    promise: str
    is_met: bool


def pytest_plugin() -> Iterator[Row]:
    """Measure what the pytest plugin costs, in processor time."""
    used, unused = unused_plugin_ms()
    added = used - unused
    figure = f"{added:+.0f} ms of {unused:.0f} ms"
    yield Row("pytest: a run that does not use the plugin", figure, "<= 30 ms", added <= 30)
    costs = server_ms()
    yield Row("pytest: a server, once imported", f"{costs['server']:.1f} ms", "<= 100 ms", costs["server"] <= 100)
    yield Row("pytest: a session", f"{costs['session']:.2f} ms", "<= 1 ms", costs["session"] <= 1)


def polls() -> Iterator[Row]:
    """Compare polls of a live job with the smallest aiohttp handler, in turns."""
    port, served = mock_server("--vendor", "phaseo@2026-06-11", "--clock", "manual")
    with served as (_, _):
        job = call_server(port, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})["id"]
        body = call_server(port, "GET", f"/v1/videos/{job}")
        call_server(port, "POST", "/__mock/clock", {"advance": "5s"})
        size = len(str(body))
        bare_port, bare = bare_server(size)
        with bare:
            mock_loads: list[Load] = []
            bare_loads: list[Load] = []
            for _ in range(ROUNDS):
                bare_loads.append(measure_load(f"http://127.0.0.1:{bare_port}/v1/videos/x", AUTH_HEADER))
                mock_loads.append(measure_load(f"http://127.0.0.1:{port}/v1/videos/{job}", AUTH_HEADER))
    # The two of a round run one after the other, so a slow minute of the machine hits both.
    ratio = statistics.median(ours.rate / theirs.rate for ours, theirs in zip(mock_loads, bare_loads, strict=True))
    p99 = statistics.median(load.p99 for load in mock_loads)
    mock_rate = statistics.median(load.rate for load in mock_loads)
    bare_rate = statistics.median(load.rate for load in bare_loads)
    rates = f"{mock_rate:,.0f} against {bare_rate:,.0f}"
    yield Row(
        "poll of a live job, times the smallest aiohttp handler", f"{ratio:.2f} ({rates}/s)", ">= 1.5", ratio >= 1.5
    )
    yield Row("p99 of it at 64 connections", f"{p99:.2f} ms", "< 5 ms", p99 < 5)


def mixed() -> Iterator[Row]:
    """Compare polls with creates and cancels among them with an aiohttp application that does the same by hand."""
    wanted = {"0 %": (0, 4.0), "1 %": (100, 3.5), "5 %": (20, 3.0), "20 %": (5, 2.0)}
    for load in mixed_load.measure({share: every for share, (every, _) in wanted.items()}):
        goal = wanted[load.share][1]
        figure = f"{load.ratio:.2f} (p99 {load.p99:.1f} ms)"
        yield Row(
            f"polls with {load.share} creates and cancels, times aiohttp", figure, f">= {goal}", load.ratio >= goal
        )
    fault = {"vendor": "phaseo", "on": "cancel", "do": {"status": 503}}
    (plain,) = mixed_load.measure({"0 %": 0})
    (faulty,) = mixed_load.measure({"0 %": 0}, fault)
    share = faulty.ratio / plain.ratio
    yield Row("polls in a session with a fault of cancels", f"{share:.2f} of the speed", ">= 0.5", share >= 0.5)


def live_page() -> Iterator[Row]:
    """Measure polls while a page is open on their session."""
    share = speed_beside_page()
    yield Row("polls while a page with 1,000 jobs is open", f"{share:.2f} of the speed", ">= 0.8", share >= 0.8)


def startup() -> Iterator[Row]:
    """Compare the time from process start to first answer with a bare aiohttp application, in turns."""
    mock_seconds, bare_seconds = [], []
    for _ in range(7):
        _, served = mock_server()
        with served as (_, seconds):
            mock_seconds.append(seconds)
        _, bare = bare_server(10)
        with bare as (_, seconds):
            bare_seconds.append(seconds)
    ours, theirs = statistics.median(mock_seconds), statistics.median(bare_seconds)
    figure = f"{ours * 1000:.0f} ms against {theirs * 1000:.0f} ms ({ours / theirs:.2f})"
    yield Row("start to first answer, beside a bare aiohttp app", figure, "<= 0.5", ours <= theirs / 2)


def journal() -> Iterator[Row]:
    """Measure the memory of the default journal over a million requests."""
    port, served = mock_server("--vendor", "phaseo@2026-06-11", "--clock", "x60")
    with served as (server, _):
        job = call_server(port, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})["id"]
        url = f"http://127.0.0.1:{port}/v1/videos/{job}"
        measure_load(url, AUTH_HEADER, 1.0)
        bytes_before = resident_bytes(server.pid)
        count_before = _request_count(port)
        while _request_count(port) - count_before < MILLION:
            measure_load(url, AUTH_HEADER, 5.0)
        done = _request_count(port) - count_before
        grown = resident_bytes(server.pid) - bytes_before
    yield Row(f"resident memory after {done:,} requests", f"{grown / 1e6:+.1f} MB", "< 10 MB", grown < 10e6)


def _request_count(port: int) -> int:
    count: int = call_server(port, "GET", "/__mock/sessions")["sessions"][0]["requests"]
    return count


def memory() -> Iterator[Row]:
    """What sessions, huge texts and bombs take of a server's memory."""
    from bench import memory as memory_bench

    each = memory_bench.bytes_per_busy_session()
    yield Row("resident memory of a busy session, its journal full", f"{each / 1e6:.1f} MB", "< 8 MB", each < 8e6)
    grown = memory_bench.bytes_after_huge_creates("200MB")
    yield Row("40 creates of 9.5 MB with --max-memory 200MB", f"{grown / 1e6:+.0f} MB", "< 300 MB", grown < 300e6)
    found = memory_bench.bombs()
    yield Row(
        "8 bodies of 2 MB that are 2 GB inside",
        f"{found.grown_bytes / 1e6:+.0f} MB",
        "< 150 MB",
        found.grown_bytes < 150e6,
    )
    yield Row("longest poll meanwhile", f"{found.longest_poll * 1000:.0f} ms", "< 250 ms", found.longest_poll < 0.25)


def large_requests() -> Iterator[Row]:
    """Measure other clients' polls while one client sends and gets what is large."""
    from bench import large_requests as large_bench

    for found in large_bench.measure():
        figure = f"{found.p99 * 1000:.0f} ms, the longest {found.longest * 1000:.0f} (it took {found.seconds:.2f} s)"
        yield Row(f"p99 of polls while {found.subject}", figure, "< 50 ms", found.p99 < 0.05)


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
        with PollLatencies(port, first) as moving:
            began = time.perf_counter()
            call_server(port, "POST", "/__mock/clock", {"advance": "1h"})
            moved = time.perf_counter() - began
            began = time.perf_counter()
            call_server(port, "POST", "/__mock/clock", {"advance": "1s"})
            rested = time.perf_counter() - began
        with PollLatencies(port, first) as booking:
            began = time.perf_counter()
            call_server(port, "GET", "/__mock/ledger")
            booked = time.perf_counter() - began
    ratio = statistics.median(crowded) / statistics.median(alone)
    yield Row("resident memory of a job, id and all (of a million)", f"{each:.0f} bytes", "", True)
    yield Row("polls among a million jobs, times polls of one", f"{ratio:.2f}", ">= 0.8", ratio >= 0.8)
    worst = max(moving)
    figure = f"{worst * 1000:.0f} ms (advanced in {moved:.1f} s, then {rested:.1f} s at rest)"
    yield Row("longest poll while their clock is advanced", figure, "< 50 ms", worst < 0.05)
    worst = max(booking)
    figure = f"{worst * 1000:.0f} ms (the ledger took {booked:.1f} s)"
    yield Row("longest poll while their ledger is read", figure, "< 50 ms", worst < 0.05)
    worst = max(pauses)
    yield Row("longest poll while a million jobs are made", f"{worst * 1000:.0f} ms", "< 50 ms", worst < 0.05)
    worst = max(reading)
    figure = f"{worst * 1000:.0f} ms (the list took {built:.1f} s, then {again * 1000:.1f} ms)"
    yield Row("longest poll while their index is built", figure, "< 50 ms", worst < 0.05)


def _new_session(pin: str) -> Session:
    era = resolve_era(pin, installed_vendors())
    return Session(SessionSetup("bench", {era.vendor: era}, Clock(0, DEFAULT_START, 0.0), "0", memory_store))


def packs_cost() -> Iterator[Row]:
    """What a poll of a pack costs, beside one of a vendor in Python in the same run."""
    costs = packs.poll_costs()
    times = costs.pack / costs.python
    figure = f"{costs.pack:.1f} us, {times:.2f} times the {costs.python:.1f} us of Phaseo"
    yield Row("engine alone: a poll of a pack", figure, f"<= {packs.MOST_TIMES}", times <= packs.MOST_TIMES)


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
        finder = TransitionFinder(DEFAULT_START, DEFAULT_START + DAY)
        transitions = [span for _, job in session.jobs() for span in finder.transitions(job)]
        took.append(time.perf_counter() - began)
        session.clock = Clock(0, DEFAULT_START, 0.0)
    batch = statistics.median(took) * 1000
    assert transitions
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
    """Measure schema checks beside jsonschema, the rules over time, and `check` of a large recording."""
    from bench import many_recordings
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
    rules = rules_bench.measure()
    yield Row("rules over time", f"{rules.rate:,.0f} exchanges/s", ">= 20,000/s", rules.rate >= 20_000)
    yield Row("1,000 exchanges of one job", f"{rules.long_job * 1000:.0f} ms", "< 100 ms", rules.long_job < 0.1)
    yield from _recording_rows()
    folder = many_recordings.measure()
    figure = f"{folder.seconds:.1f} s ({folder.processor_ms:.1f} ms of processor time each)"
    yield Row("`check` of a folder of 1,000 small recordings", figure, "< 20 s", folder.seconds < 20)
    if _against is not None:
        times = many_recordings.rules_beside(_against)
        yield Row("rules over time, times those of the other checkout", f"{times:.2f}", "", True)


def _seconds_per_call(call: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - began) / times


def _recording_rows() -> Iterator[Row]:
    """Measure `mockserver check` of a HAR and of one four times as large, with the era detected and named."""
    check = [str(Path(sys.executable).parent / "mockserver"), "check"]
    with tempfile.TemporaryDirectory() as folder:
        hars = [Path(folder) / f"{megabytes}.har" for megabytes in (15, 60)]
        for har in hars:
            write_har(har, int(har.stem) * 1_000_000)
        small, large = (command_cost([*check, str(har)]) for har in hars)
        era_named = command_cost([*check, str(hars[1]), "--vendor", "phaseo@2026-06-11"])
    sizes = f"{large.peak_bytes / 1e6:.0f} against {small.peak_bytes / 1e6:.0f} MB"
    figure = f"{large.peak_bytes / small.peak_bytes:.2f} ({sizes})"
    is_bounded = large.peak_bytes <= 1.15 * small.peak_bytes
    yield Row("peak memory of `check`, a HAR of 60 MB beside 15 MB", figure, "<= 1.15 times", is_bounded)
    ratio = large.seconds / era_named.seconds
    figure = f"{ratio:.2f} ({large.seconds / 60:.2f} against {era_named.seconds / 60:.2f} s/MB)"
    yield Row("time of `check`, the era detected beside it named", figure, "<= 2 times", ratio <= 2)


def contract_diffs() -> Iterator[Row]:
    """Measure `mockserver diff` of large documents."""
    from bench.contract_diff import measure_diffs

    for figure in measure_diffs():
        text = f"{figure.seconds:.2f} s ({figure.changes:,} changes)"
        is_met = figure.seconds < figure.promised
        yield Row(f"diff: {figure.subject}", text, f"< {figure.promised:.0f} s", is_met)


def distilling() -> Iterator[Row]:
    """Measure the distiller: its speed, the length of what it writes, and the share that it explains."""
    from bench.distill import measure_distilling

    found = measure_distilling()
    rate = found.exchanges_per_second
    yield Row("distill, a recording of 10,000 calls", f"{rate:,.0f} exchanges/s of CPU", ">= 2,000/s", rate >= 2_000)
    yield Row("distill, 40 polls and a cancel", f"{found.ordinary_lines} lines", "<= 8", found.ordinary_lines <= 8)
    yield Row("distill, bundled scenarios", f"{found.lines_per_recording:.0f} lines (median)", "", True)
    share = f"{found.explained} of {found.recordings} explained whole"
    yield Row("distill, bundled scenarios", share, "", True)
    yield Row("distill, bounds of a change of state", f"{found.bound_seconds:.1f} s apart (median)", "", True)


def replaying() -> Iterator[Row]:
    """Measure polls of a job whose recording is served."""
    from bench.replayed import measure_replay

    rate = measure_replay()
    yield Row("replay, polls of a recorded job", f"{rate:,.0f}/s", ">= 500/s", rate >= 500)


def faults_and_attacks() -> Iterator[Row]:
    """Measure polls beside faults and webhooks, and what hostile connections leave behind."""
    from bench import hostile_clients, webhooks

    yield from _inactive_faults()
    sent = webhooks.measure()
    ratio = sent.load_during.rate / sent.load_before.rate
    figure = f"{ratio:.2f} ({sent.load_during.rate:,.0f} against {sent.load_before.rate:,.0f}/s)"
    yield Row("polls while 20,000 webhooks are delivered, beside none", figure, ">= 0.5", ratio >= 0.5)
    figure = f"{sent.delivered:,}, 20,000 of them in {sent.seconds:.1f} s, {sent.memory_growth / 1e6:+.0f} MB"
    yield Row("webhooks of 10,000 jobs, in order for each", figure, "all", sent.in_order and sent.delivered == 30_000)
    for kind, other in webhooks.measure_other_session().items():
        figure = f"{other.ratio:.2f} ({other.during.rate:,.0f} against {other.before.rate:,.0f}/s)"
        yield Row(f"polls while another session delivers to {kind} receivers", figure, ">= 0.67", other.ratio >= 0.67)
    attack = hostile_clients.measure()
    files = max(attack.leaked_descriptors, 0)
    figure = (
        f"{attack.failed_count} broken, {attack.hung_count} hung, {attack.leaked_tasks} tasks, {files} files left "
        f"({attack.seconds:.0f} s)"
    )
    is_clean = not (attack.failed_count or attack.hung_count or attack.leaked_tasks or files)
    yield Row("100,000 hostile connections", figure, "none", is_clean and attack.still_answers)


def log() -> Iterator[Row]:
    """Measure what the log of `serve` costs a repeated poll: nothing while there is none."""
    from bench import log_price

    price = log_price.measure()
    share = price.asked / price.without
    figure = f"{price.asked * 1000:.0f} ns of {price.without:.1f} us ({share:.1%})"
    yield Row("a repeated poll without a log: seeing that there is none", figure, "< 1 %", share < 0.01)
    ratio = price.written / price.without
    figure = f"{ratio:.2f} ({price.written:.1f} us; {price.watched:.1f} without its queue)"
    yield Row("the same with a log, times one without", figure, "<= 3", ratio <= 3)


def kept() -> Iterator[Row]:
    """Measure what it costs to keep sessions in a file: a create more, a poll nothing."""
    from bench.kept import measure

    price = measure()
    ratio = price.create_in_file / price.create_in_memory
    figure = f"{ratio:.2f} ({price.create_in_file:.0f} us, {price.create_in_memory:.0f} us)"
    yield Row("a create that is kept in a file, times one in memory", figure, "<= 2", ratio <= 2)
    ratio = price.poll_in_file / price.poll_in_memory
    figure = f"{ratio:.2f} ({price.poll_in_file:.1f} us, {price.poll_in_memory:.1f} us)"
    yield Row("a repeated poll, the same", figure, "<= 1.1", ratio <= 1.1)
    yield Row("a restart, for each job of its file", f"{price.restart:.0f} us", "<= 200 us", price.restart <= 200)
    yield Row("the file, for each create", f"{price.bytes_per_create:.0f} bytes", "", True)


def _inactive_faults() -> Iterator[Row]:
    """Measure polls after a fault was removed, and with a fault of another operation, beside none."""
    port, served = mock_server("--vendor", "phaseo@2026-06-11", "--clock", "manual")
    with served:
        job = call_server(port, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})["id"]
        url = f"http://127.0.0.1:{port}/v1/videos/{job}"
        removed_ratios = []
        other_ratios = []
        for _ in range(ROUNDS):
            plain = measure_load(url, AUTH_HEADER, 1.0).rate
            fault = call_server(port, "POST", "/__mock/faults", {"on": "cancel", "do": {"status": 503}})["id"]
            other_ratios.append(measure_load(url, AUTH_HEADER, 1.0).rate / plain)
            call_server(port, "DELETE", f"/__mock/faults/{fault}")
            removed_ratios.append(measure_load(url, AUTH_HEADER, 1.0).rate / plain)
    ratio = statistics.median(removed_ratios)
    other = statistics.median(other_ratios)
    figure = f"{ratio:.2f} (with a fault of another operation: {other:.2f})"
    yield Row("polls after a fault was removed, beside before", figure, ">= 0.9", ratio >= 0.9)


MEASURES = {
    "polls": polls,
    "page": live_page,
    "mixed": mixed,
    "pytest": pytest_plugin,
    "startup": startup,
    "journal": journal,
    "memory": memory,
    "crowd": million_jobs,
    "large": large_requests,
    "virtual": virtual_time,
    "engine": engine_cost,
    "packs": packs_cost,
    "log": log,
    "kept": kept,
    "judging": judging,
    "diff": contract_diffs,
    "distill": distilling,
    "replay": replaying,
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
