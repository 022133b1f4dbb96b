"""Memory that does not grow with a recording: 100 MB are read in a process of its own, and many jobs are judged."""

import json
import subprocess
import sys
import tracemalloc

import pytest

from mockserver.contract.eras.recording import judge_recording
from mockserver.contract.judge import client, job_records
from mockserver.core.instants import SECOND, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from tests.support.paths import ROOT

MAX_MEGABYTES = 80
"""Megabytes that reading may take, the interpreter and its modules included (about 30)."""

PROGRAM = """
import json, pathlib, re, resource, sys
from mockserver.recordings.readable import ReadableExchanges
from mockserver.recordings.recording import read_recording, write_journal
recording = read_recording(sys.stdin.buffer)
if len(sys.argv) > 1:
    write_journal(recording, open("/dev/null", "wb"))
else:
    for exchange in ReadableExchanges(recording, lambda number: None):
        pass
own = pathlib.Path("/proc/self/status")  # getrusage counts what the parent had when it forked
if own.exists():
    peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", own.read_text())[1]) // 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20
print(json.dumps([recording.read_count, dict(recording.skipped), dict(recording.incomplete), peak]))
"""

ENTRY = """
 {"startedDateTime": "2026-08-05T10:00:00.000Z", "time": 12.5,
  "request": {"method": "GET", "url": "https://a.example/v1/videos/v%d", "headers": []},
  "response": {"status": 200, "headers": [{"name": "content-type", "value": "%s"}],
               "content": {"size": 8000, "text": "%s"}}}"""
SMALL = ENTRY % (1, "application/json", "x" * 8_000)
HEAD, TAIL = '{"log": {"entries": [', "]}}"


def read_in_process(chunks, *arguments):
    """Read chunks in another process; return the call count, skipped, incomplete, and the peak memory in megabytes."""
    command = [sys.executable, "-c", PROGRAM, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdin is not None
        for chunk in chunks:
            process.stdin.write(chunk)
        out, _ = process.communicate()
    assert process.returncode == 0
    return json.loads(out)


def small_entries(count):
    yield HEAD.encode()
    for _ in range(count // 100 - 1):
        yield ((SMALL + ",") * 100).encode()
    yield ",".join([SMALL] * 100).encode() + TAIL.encode()


@pytest.mark.parametrize("arguments", [(), ("journal",)])
def test_many_small_calls_are_read_in_bounded_memory(arguments):
    count = 12_000 if not arguments else 3_000
    read, skipped, incomplete, peak = read_in_process(small_entries(count), *arguments)
    assert read == count
    assert skipped == {}
    assert incomplete == {}
    assert peak < MAX_MEGABYTES


def test_a_body_of_100_megabytes_is_read_in_bounded_memory():
    def chunks():
        before, after = (ENTRY % (2, "video/mp4", "@")).split("@")
        yield (HEAD + SMALL + "," + before).encode()
        for _ in range(100):
            yield b"x" * 1_000_000
        yield (after + "," + SMALL + TAIL).encode()

    read, skipped, incomplete, peak = read_in_process(chunks())
    assert read == 3
    assert skipped == {}
    assert incomplete == {"response body over 10 MB": 1}
    assert peak < MAX_MEGABYTES


def test_a_journal_line_of_100_megabytes_is_skipped_in_bounded_memory():
    def chunks():
        yield b'{"v":1,"x":"'
        for _ in range(100):
            yield b"x" * 1_000_000
        yield b'"}\n'

    read, skipped, incomplete, peak = read_in_process(chunks())
    assert read == 0
    assert skipped == {"line over 64 MB": 1}
    assert incomplete == {}
    assert peak < MAX_MEGABYTES


START = parse_instant("2026-06-12T00:00:00Z")
STATES = ("queued", "processing", "completed")


class ShortJobs:
    """A recording of short jobs, one after the other; notes the memory in use while it is read."""

    def __init__(self, count, last):
        self.count, self.states = count, (*STATES[:2], last)
        self.used = []
        """For each reading, the bytes in use after a half and at the end."""

    def __iter__(self):
        marks = []
        self.used.append(marks)
        for number in range(self.count):
            if number == self.count // 2:
                marks.append(tracemalloc.get_traced_memory()[0])
            for poll, status in enumerate(self.states):
                yield self.read(number, status, START + (number * 3 + poll) * SECOND)
        marks.append(tracemalloc.get_traced_memory()[0])

    def read(self, number, status, sent):
        body = {"id": f"G-{number:026d}", "object": "video", "status": status, "output_access": "signed_url"}
        answer = Response(200, (("Content-Type", "application/json"),), json.dumps(body).encode())
        request = Request("GET", f"/v1/videos/{body['id']}", headers={"host": "api.phaseo.app"})
        return Exchange(request, answer, sent, sent + SECOND // 50)


@pytest.mark.parametrize("last", ["completed", "processing"])
def test_judging_many_short_jobs_takes_no_more_memory_than_judging_few(monkeypatch, last):
    """This holds for jobs with and without an end, and for both readings: to find the era, and to judge."""
    for module, name in (
        (job_records, "MAX_AWAKE"),
        (job_records, "MAX_ENDED"),
        (job_records, "MAX_OPEN"),
        (client, "MAX_REMEMBERED"),
    ):
        monkeypatch.setattr(module, name, 20)
    judge_recording(ShortJobs(1, last))  # fills the caches
    many = ShortJobs(400, last)
    tracemalloc.start()
    try:
        report = judge_recording(many)
    finally:
        tracemalloc.stop()
    assert report.exchanges == 1200
    assert len(many.used) >= 2
    grown = [end - half for half, end in many.used]
    assert max(grown) < 400_000, "of 200 more jobs, each of which weighs about 3,000 bytes as long as it is remembered"
