"""Polls beside an open page: a reader in a process of its own loads the timeline and follows the feed, like a page."""

import statistics
import subprocess
import sys
from typing import Final

from bench.load import measure_load
from bench.servers import AUTH_HEADER, call_server, mock_server

JOBS: Final = 1_000
ROUNDS: Final = 5
READER: Final = """
import sys, time, urllib.request
base = sys.argv[1]
def load():
    urllib.request.urlopen(base + "timeline").read()
    return time.monotonic()
loaded = load()
with urllib.request.urlopen(base + "feed") as feed:
    print("open", flush=True)
    for line in feed:
        # As `store.js` does: what was skipped is loaded, at most every two seconds.
        if b'"skipped":' in line and b'"skipped":0' not in line and time.monotonic() - loaded > 2:
            loaded = load()
"""


def speed_beside_page() -> float:
    """Return the speed of polls while a page is open on a session of `JOBS` jobs, as a share of that without a page."""
    port, served = mock_server("--vendor", "phaseo@2026-06-11", "--clock", "manual")
    with served:
        job = call_server(port, "POST", "/__mock/jobs", {"vendor": "phaseo", "count": JOBS})["jobs"][0]
        url = f"http://127.0.0.1:{port}/v1/videos/{job}"
        shares = []
        for _ in range(ROUNDS):
            alone = measure_load(url, AUTH_HEADER).rate
            command = [sys.executable, "-c", READER, f"http://127.0.0.1:{port}/__mock/"]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as reader:
                assert reader.stdout is not None
                reader.stdout.readline()
                shares.append(measure_load(url, AUTH_HEADER).rate / alone)
                reader.kill()
    return statistics.median(shares)
