"""A mixed load, as clients make it: polls on keep-alive connections, with a create or a cancel among them.

The mock server stands beside an aiohttp application that does the same by hand: it checks the key, holds the state in a
dictionary, derives the status from the time and answers with `json_response`. Both are measured in turns, by wrk.
"""

import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from bench.load import Load, measure_script
from bench.servers import call_server, free_port, mock_server, server_process

HANDMADE_SERVER: Final = """
import sys, time
from aiohttp import web
JOBS = {}
PAD = "x" * int(sys.argv[2])
def video(job_id):
    job = JOBS[job_id]
    status = "cancelled" if job["cancelled"] else "queued" if time.time() - job["created"] < 2 else "processing"
    return web.json_response({"id": job_id, "object": "video", "status": status, "progress": 10,
                              "created_at": int(job["created"]), "model": job["model"], "pad": PAD})
def checked(handler):
    async def handle(request):
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return web.json_response({"error": "unauthorized"}, status=401)
        job_id = request.match_info.get("video_id")
        if job_id is not None and job_id not in JOBS:
            return web.json_response({"error": "not_found"}, status=404)
        return await handler(request, job_id)
    return handle
async def create(request, _):
    body = await request.json()
    job_id = "G-%026d" % len(JOBS)
    JOBS[job_id] = {"created": time.time(), "cancelled": False, "model": body["model"]}
    return video(job_id)
async def get(request, job_id):
    return video(job_id)
async def cancel(request, job_id):
    JOBS[job_id]["cancelled"] = True
    return video(job_id)
app = web.Application()
app.router.add_post("/v1/videos", checked(create))
app.router.add_get("/v1/videos/{video_id}", checked(get))
app.router.add_post("/v1/videos/{video_id}/cancel", checked(cancel))
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""
BODY_BYTES: Final = 950
"""Makes the body of the handmade server as long as Phaseo's."""
SCENARIO: Final = """\
scenario: mixed-load
vendor: phaseo@2026-06-11
timeline:
  - queued: 2s
  - processing: {for: 3h, progress: 0..100}
  - completed
"""
CREATE: Final = {"model": "qwen/wan2.7-t2v", "prompt": "a cat"}
SCRIPT: Final = """
local count = 0
local headers = { ["Authorization"] = "Bearer bench", ["Content-Type"] = "application/json" }
local poll, create, cancel
function init(args)
  poll = wrk.format("GET", "/v1/videos/POLLED", headers)
  create = wrk.format("POST", "/v1/videos", headers, '{"model":"qwen/wan2.7-t2v","prompt":"a cat"}')
  cancel = wrk.format("POST", "/v1/videos/CANCELLED/cancel", headers)
end
function request()
  count = count + 1
  if EVERY == 0 or count % EVERY ~= 0 then return poll end
  if (count / EVERY) % 2 == 0 then return create end
  return cancel
end
"""
ROUNDS: Final = 5


class MixedLoad(NamedTuple):
    """One share of creates and cancels, measured on both servers."""

    share: str
    ratio: float
    """Requests a second of the mock server by those of the handmade one: the median of the rounds."""
    p99: float
    """Milliseconds, of the mock server."""


def measure(everies: dict[str, int], fault: dict[str, object] | None = None) -> Iterator[MixedLoad]:
    """Measure the shares, each given as every how many requests one is a create or a cancel (0: none is).

    `fault` is added to the mock server's session before the load.
    """
    if not shutil.which("wrk"):
        raise SystemExit("the mixed load needs wrk")
    with _both_servers() as (port, handmade_port):
        servers = {each: [call_server(each, "POST", "/v1/videos", CREATE)["id"] for _ in range(2)]
                   for each in (port, handmade_port)}  # fmt: skip
        call_server(port, "POST", "/__mock/clock", {"advance": "5s"})
        if fault is not None:
            call_server(port, "POST", "/__mock/faults", fault)
        for share, every in everies.items():
            rounds = [[_load(each, *servers[each], every) for each in (port, handmade_port)] for _ in range(ROUNDS)]
            ratio = statistics.median(ours.rate / theirs.rate for ours, theirs in rounds)
            yield MixedLoad(share, ratio, statistics.median(ours.p99 for ours, _ in rounds))


@contextmanager
def _both_servers() -> Iterator[tuple[int, int]]:
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder, "mixed-load.yaml")
        scenario.write_text(SCENARIO, encoding="utf-8")
        port, served = mock_server(str(scenario), "--vendor", "phaseo@2026-06-11")
        handmade_port = free_port()
        command = [sys.executable, "-c", HANDMADE_SERVER, str(handmade_port), str(BODY_BYTES)]
        with served, server_process(command, handmade_port, "/v1/videos/x"):
            yield port, handmade_port


def _load(port: int, polled: str, cancelled: str, every: int) -> Load:
    script = SCRIPT.replace("POLLED", polled).replace("CANCELLED", cancelled).replace("EVERY", str(every))
    return measure_script(f"http://127.0.0.1:{port}", script)
