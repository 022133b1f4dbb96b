"""A client as it is written first: it works as long as nothing goes wrong.

It never looks at a status code, tries a create again when the connection breaks, waits for two statuses, and takes a
cancel that it sent for a cancel that took effect. `mockserver trial` finds all of that.
"""

import json
import time
import urllib.error
import urllib.request

from apis import API, BASE_URL, OPERATIONS, headers

INTERVAL = 0.001
"""Seconds between two polls; `mockserver trial` moves the clock by what a client sleeps in production."""


def call(method, path, body=None):
    """Send a request and return the decoded answer, whatever its status is."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE_URL + path, data, headers(), method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return json.loads(error.read())


def create():
    """Create a job, again and again until it works."""
    while True:
        try:
            job = call(*API.create, API.body)
        except OSError:
            continue
        if API.id_field in job:
            return job[API.id_field]


def main():
    """Create a job, wait for its end and report it."""
    job = create()
    status = None
    while status not in ("completed", "failed"):
        status = call("GET", API.read.format(id=job)).get("status")
        if "cancel" in OPERATIONS:
            path, body = API.cancel
            call("POST", path.format(id=job), {name: value.format(id=job) for name, value in body.items()})
            status = API.terminal[1] if "canceled" in API.terminal else "cancelled"
            break
        time.sleep(INTERVAL)
    if status == "completed" and {"content", "results", "clips"} & {*OPERATIONS}:
        request = urllib.request.Request(BASE_URL + API.download.format(id=job), headers=headers())
        with urllib.request.urlopen(request) as answer:
            answer.read()
    print(json.dumps({"job": job, "status": status}))


main()
