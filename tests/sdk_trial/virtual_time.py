"""Lets the pauses of a client move its session's clock instead of taking time: every `time.sleep`, with `time.time`.

So a client that sleeps for a minute before it repeats a call is tried as it is, and its pace is judged.
"""

import json
import os
import time
import urllib.request
from collections.abc import Iterator

KEY, BASE_URL = os.environ["MOCKSERVER_TRIAL_KEY"], os.environ["MOCKSERVER_TRIAL_BASE_URL"]
SCENARIO = os.environ["MOCKSERVER_TRIAL_SCENARIO"]
OPERATIONS = os.environ.get("MOCKSERVER_TRIAL_OPERATIONS", "").split(",")
_LATE = ("-too-late-400", "-after-it-", "cancel-completed-", "cancel-ended-", "-of-a-finished-")
CANCELS_LATE = any(word in SCENARIO for word in _LATE)
"""True if the scenario is about a cancel of a job that has ended."""
INTERVAL = 2.0
"""Seconds between two reads of a waiter that takes an interval: enough of them fit into the deadline of a run."""

_CLOCK_URL = BASE_URL[: BASE_URL.index("/v/")] + "/__mock/clock"
_real_time = time.time
_slept = 0.0


def _sleep(seconds: float) -> None:
    global _slept
    advance = {"advance": f"{max(1, round(seconds * 1000))}ms"}
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(_CLOCK_URL, json.dumps(advance).encode(), headers, method="POST")
    urllib.request.urlopen(request).close()
    _slept += seconds


def pauses() -> Iterator[float]:
    """Yield the pauses between two reads where the client has no waiter: 5 s at first, five minutes at last."""
    seconds = 5.0
    while True:
        yield seconds
        seconds = min(seconds * 1.5, 300.0)


time.sleep = _sleep
time.time = lambda: _real_time() + _slept
