"""A client that survives: it bounds every wait, believes answers only as far as they go, and pays once.

- Every request has a timeout. A read that fails for a reason that passes (no answer, 429, 5xx, a body that is not JSON)
  is repeated with a longer wait each time; one that was refused for good is not.
- A create is never simply repeated: the list shows whether the first one arrived.
- A cancel is a wish. Whatever its answer was, the job's own status says how it ended.
- A status that it does not know is not the end.
"""

import gzip
import http.client
import json
import sys
import time
import urllib.error
import urllib.request
import zlib

from apis import API, BASE_URL, EXISTING_JOB, OPERATIONS, headers

GZIP_MAGIC = b"\x1f\x8b"
TIMEOUT = 3.0
"""Seconds without a byte after which a request is given up."""
INTERVAL = 0.01
"""Seconds between two polls; `mockserver trial` moves the clock by what a client sleeps in production."""
MAX_FAILURES = 8
"""Failed attempts in a row after which a read is given up."""
MAX_POLLS = 500
SETTLING = 1.2
"""Seconds in which a new job may not be found yet."""


class Refused(Exception):
    """An answer that no repetition changes."""


class Unclear(Exception):
    """No usable answer: the request may or may not have had an effect."""


def send(method, path, body=None):
    """Send a request once; return the body of its answer. Raises `Refused`, `Unclear`."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE_URL + path, data, headers(), method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            body = answer.read()
        # Some proxies compress what was not asked for.
        return gzip.decompress(body) if body.startswith(GZIP_MAGIC) else body
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (408, 425, 429) or error.code >= 500:
            raise Unclear(f"{error.code} for {method} {path}") from None
        raise Refused(error.code) from None
    except (OSError, EOFError, zlib.error, http.client.HTTPException) as error:
        raise Unclear(str(error)) from None


def send_json(method, path, body=None):
    """Send a request once; return the decoded answer. Raises `Refused`, `Unclear`."""
    try:
        decoded = json.loads(send(method, path, body))
    except ValueError:
        raise Unclear(f"no JSON from {method} {path}") from None
    if not isinstance(decoded, dict):
        raise Unclear(f"no object from {method} {path}")
    return decoded


def persist(read, *arguments):
    """Call a read until it has an answer, with a longer wait each time. Raises `Refused`, `Unclear`."""
    for attempt in range(MAX_FAILURES):
        try:
            return read(*arguments)
        except Unclear:
            if attempt == MAX_FAILURES - 1:
                raise
            time.sleep(INTERVAL * 2**attempt)
    raise AssertionError


def listed_ids():
    """Return the ids of the jobs that the list shows."""
    page = persist(send_json, "GET", API.list_path)
    entries = next((value for value in page.values() if isinstance(value, list)), [])
    return {entry.get(API.id_field) or entry.get("id") or entry.get("_id") for entry in entries}


def create():
    """Create one job and return its id; after an answer that was lost, look before doing it again."""
    before = listed_ids()
    for attempt in range(MAX_FAILURES):
        try:
            job = send_json(*API.create, API.body).get(API.id_field)
            if job:
                return job
        except Unclear:
            time.sleep(INTERVAL * 2**attempt)
        arrived = listed_ids() - before
        if arrived:
            return arrived.pop()
    raise Unclear("no create was answered")


def read_status(job):
    """Return the job's status; None if the answer has none. A lagging replica may not have the job yet."""
    path = API.read.format(id=job)
    try:
        return persist(send_json, "GET", path).get("status")
    except Refused as refusal:
        if refusal.args != (404,):
            raise
    time.sleep(SETTLING)
    return persist(send_json, "GET", path).get("status")


def cancel(job):
    """Ask for a cancel. The answer is not the end: it may be lost, refused, or come before the job has stopped."""
    path, body = API.cancel
    try:
        send("POST", path.format(id=job), {name: value.format(id=job) for name, value in body.items()})
    except (Refused, Unclear):
        return


def wait_for_end(job, *, cancels):
    """Poll until the job has ended and return its last status."""
    status = read_status(job)
    if cancels and status not in API.terminal:
        cancel(job)
    for _ in range(MAX_POLLS):
        if status in API.terminal:
            return status
        time.sleep(INTERVAL)
        status = read_status(job)
    raise Unclear("the job does not end")


def main():
    """Wait for the end of a job and report it; return the exit code."""
    cancels = any(name.startswith("cancel") for name in OPERATIONS)
    try:
        job = EXISTING_JOB or create()
        status = wait_for_end(job, cancels=cancels)
        if status == "completed" and {"content", "results", "clips"} & {*OPERATIONS}:
            persist(send, "GET", API.download.format(id=job))
    except (Refused, Unclear) as reason:
        print(f"gave up: {type(reason).__name__} {reason}", file=sys.stderr)
        return 1
    print(json.dumps({"job": job, "status": status}))
    return 0 if status == "completed" or cancels else 1


sys.exit(main())
