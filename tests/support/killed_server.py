"""A server that is killed under load, again and again, and what its clients were told before.

Three clients create, cancel, move and deliver, each in a session of its own. Each keeps what was answered. After the
kill another server opens the same store; whatever was answered must hold there, once. Of the one request whose answer
did not come nothing is known: it may have happened or not, but not by half.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tests.support.dice import Dice
from tests.support.shared_servers import PROJECT, ServerProcess, server_processes

CLIENTS: Final = 3
MOST_ANSWERS: Final = 120
"""Answers after which a server is killed at the latest."""
API: Final = "/api/v1/automation"


class Killer:
    """Kills a server once it has answered so many requests: while the others are being handled."""

    def __init__(self, server: ServerProcess, answers: int) -> None:
        self._server = server
        self._left = answers

    def answered(self) -> None:
        """Count an answer."""
        self._left -= 1
        if self._left == 0:
            self._server.kill()


class Caller:
    """Sends the requests of one session on one connection."""

    def __init__(self, port: int, session: str) -> None:
        self.session = session
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send one request; returns the status and the decoded answer. Raises OSError or HTTPException without one."""
        headers = {"Authorization": "Bearer key", "X-Mock-Session": self.session}
        data = None
        if body is not None:
            data = json.dumps(body)
            headers["Content-Type"] = "application/json"
        self._connection.request(method, path, data, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None

    def must(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request that must succeed; returns its answer."""
        status, answer = self.call(method, path, body)
        assert status < 300, f"{method} {path}: {status} {answer}"
        return answer


@dataclass
class ToldClient:
    """One client, and what it was told."""

    caller: Caller
    dice: Dice
    killer: Killer
    created: list[str] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)
    now: str = ""
    deliveries: int = 0
    unknown: str = ""
    """The job of the request whose answer did not come."""
    wrong: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Prepare the session: no limits, a receiver."""
        self.caller.must("POST", "/__mock/limits", {"vendor": "reap", "limits": {"*": "off"}})
        self.caller.must("POST", "/__mock/webhooks", {"vendor": "reap"})

    def run(self) -> None:
        """Send requests until the server is gone."""
        with suppress(OSError, HTTPException):
            while True:
                self.step()
                self.killer.answered()

    def step(self) -> None:
        """Send one request, and keep what it was answered."""
        verb = self.dice.choice(("create", "create", "cancel", "cancel", "move", "advance", "read"))
        if verb == "create" or not self.created:
            status, answer = self.caller.call("POST", f"{API}/create-clips", PROJECT)
            if status != 200:
                self.wrong.append(f"create: {status} {answer}")
            else:
                self.created.append(answer["id"])
            return
        job = self.dice.choice(self.created)
        self.unknown = job
        if verb == "cancel":
            status, answer = self.caller.call("POST", f"{API}/cancel-project", {"projectId": job})
            if status == 200:
                self.cancelled.add(job)
            elif status != 400:
                self.wrong.append(f"cancel: {status} {answer}")
        elif verb == "move":
            status, answer = self.caller.call("POST", f"/__mock/jobs/{job}/move", {"to": "invalid"})
            if status == 200:
                self.moved[job] = answer["state"]
        elif verb == "advance":
            answer = self.caller.must("POST", "/__mock/clock", {"advance": self.dice.choice(("1s", "20s", "5m"))})
            self.now = answer["now"]
            self.deliveries += answer["deliveries"]
        else:
            self.caller.must("GET", f"{API}/get-project-status?projectId={job}")
        self.unknown = ""

    def lies(self, port: int) -> Iterator[str]:
        """Yield what the server on `port` does not have as it was told."""
        yield from self.wrong
        with closing(Caller(port, self.caller.session)) as caller:
            yield from self.lies_about_jobs(caller)
            yield from self.lies_about_money(caller)
            yield from self.lies_about_time(caller)

    def lies_about_jobs(self, caller: Caller) -> Iterator[str]:
        """Yield the jobs that are gone, that are half there, or whose state is another than the answered one."""
        states = {job["id"]: job["state"] for job in caller.must("GET", "/__mock/jobs")["jobs"]}
        told = {**dict.fromkeys(self.cancelled, "cancelled"), **self.moved}
        for job in self.created:
            if job not in states:
                yield f"{job} was created, and is gone"
        for job, state in told.items():
            if states.get(job) != state:
                yield f"{job} was answered as {state}, and is {states.get(job)}"
        for job in states:
            status, answer = caller.call("GET", f"{API}/get-project-status?projectId={job}")
            if status != 200:
                yield f"{job} is listed, and its status is answered with {status}: {answer}"
        # One create at most was not answered.
        if len(states) > len(self.created) + 1:
            yield f"{len(states)} jobs are there, and {len(self.created)} creates were answered"

    def lies_about_money(self, caller: Caller) -> Iterator[str]:
        """Yield the jobs that were not refunded once for an answered cancel, or were refunded for none."""
        rows = caller.must("GET", "/__mock/ledger")["entries"]
        refunds = Counter(row["job"] for row in rows if row["entry"] == "refund")
        for job in {*self.cancelled, *refunds}:
            wanted = {1} if job in self.cancelled else {0}
            if job == self.unknown:
                wanted = {0, 1}
            if refunds[job] not in wanted:
                yield f"{job} was refunded {refunds[job]} times, and its cancel was answered: {job in self.cancelled}"

    def lies_about_time(self, caller: Caller) -> Iterator[str]:
        """Yield that the clock went back, and the deliveries that are unknown or known twice."""
        now = caller.must("GET", "/__mock/clock")["now"]
        if now < self.now:
            yield f"the clock stood at {self.now}, and stands at {now}"
        known = 0
        for job in caller.must("GET", "/__mock/jobs")["jobs"]:
            inputs = caller.must("GET", f"/__mock/jobs/{job['id']}")["inputs"]
            outcomes = Counter(event["name"] for event in inputs if event["kind"] == "delivery")
            known += outcomes.total()
            if max(outcomes.values(), default=1) > 1:
                yield f"{job['id']} has two outcomes of one delivery: {outcomes}"
        if known < self.deliveries:
            yield f"{self.deliveries} deliveries were made, and {known} are known"


def kill_under_load(store: Path, times: int, seed: int) -> Iterator[str]:
    """Kill servers at random moments; yields every lie of those that follow."""
    dice = Dice(seed)
    clients: list[ToldClient] = []
    for kill in range(times + 1):
        with server_processes(1, f"sqlite:{store}", short_logs=True) as (server,):
            port = urlsplit(server.url).port or 0
            for client in clients:
                for lie in client.lies(port):
                    yield f"kill {kill}, session {client.caller.session}: {lie}"
                with closing(Caller(port, "default")) as admin:
                    admin.must("DELETE", f"/__mock/sessions/{client.caller.session}")
            killer = Killer(server, dice.number(1, MOST_ANSWERS))
            clients = [
                ToldClient(Caller(port, f"kill{kill}-{number}"), Dice(f"{seed}-{kill}-{number}"), killer)
                for number in range(CLIENTS)
            ]
            for client in clients:
                client.begin()
            threads = [threading.Thread(target=client.run) for client in clients]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for client in clients:
                client.caller.close()
