"""Servers with one store as processes that can be killed, and clients whose calls are recorded with their times."""

import http.client
import json
import multiprocessing
import random  # noqa: TID251 -- seeded; histories, not secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

import pytest

from mockserver.composition import compose_settings
from mockserver.installed import installed_vendors
from mockserver.scenario.library import ScenarioLibrary
from mockserver.server.adapter import server as _adapter
from mockserver.server.admin import routes as _routes
from mockserver.server.app import App
from mockserver.server.clock import wall_clock
from mockserver.server.run import serve_forever
from mockserver.server.sessions import SessionRegistry
from mockserver.stores.open_log import open_log
from tests.support.eras import newest_without_quota
from tests.support.linearizability import TimedCall
from tests.support.short_logs import shorten_often

__all__ = ["PROJECT", "Load", "ServerProcess", "_adapter", "_routes", "call", "server_processes"]

PROJECT = {"sourceUrl": "https://example.com/talk.mp4"}
HEADERS = {"Authorization": "Bearer key", "x-api-key": "key", "Content-Type": "application/json"}
CALL_SECONDS = 20


VENDORS = installed_vendors().served()
ERAS = {name: newest_without_quota(vendor) for name, vendor in VENDORS.items()}
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.support.shared_servers"])


class ServerProcess:
    """One server in a process of its own, which is forked from one that has imported everything."""

    def __init__(self, store: str, clock: str, *, short_logs: bool = False) -> None:
        self._store = store
        self._clock = clock
        self._short_logs = short_logs
        self.url = ""
        self.start(0)

    def start(self, port: int) -> None:
        """Start it, and wait until it listens."""
        receiver, sender = FORKS.Pipe(duplex=False)
        arguments = (self._store, self._clock, port, sender, self._short_logs)
        self.process = FORKS.Process(target=serve_store, args=arguments, daemon=True)
        self.process.start()
        sender.close()
        self.url = receiver.recv()
        receiver.close()

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.join()

    def restart(self) -> None:
        """Start it again on its port."""
        self.start(urlsplit(self.url).port or 0)

    def stop(self) -> None:
        """Stop it by a signal."""
        self.process.terminate()
        self.process.join()


def serve_store(store: str, clock: str, port: int, ready: Connection, short_logs: bool) -> None:
    """Serve the sessions of a store until a signal comes; send the address when the port answers."""
    if short_logs:
        shorten_often(pytest.MonkeyPatch())
    log = open_log(store, wall_clock())
    settings = compose_settings(ScenarioLibrary(VENDORS), ERAS, clock=clock, log=log)
    serve_forever(App(SessionRegistry(settings)), "127.0.0.1", port, lambda running: ready.send(running.url))


@contextmanager
def server_processes(
    count: int, store: str, clock: str = "manual", *, short_logs: bool = False
) -> Iterator[list[ServerProcess]]:
    """Run servers within the block; `short_logs`: they shorten the logs of their sessions all the time."""
    servers = [ServerProcess(store, clock, short_logs=short_logs) for _ in range(count)]
    try:
        yield servers
    finally:
        for server in servers:
            server.stop()


def call(url: str, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, str | None]:
    """Make one call on a connection of its own; returns status, decoded body and the header Retry-After.

    Raises OSError or HTTPException if the connection breaks.
    """
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=CALL_SECONDS)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), {**HEADERS, **headers})
        response = connection.getresponse()
        text = response.read()
        decoded = json.loads(text) if text.startswith(b"{") else text
        return response.status, decoded, response.headers["Retry-After"]
    finally:
        connection.close()


@dataclass
class Load:
    """Clients that create, cancel and get Reap projects on several servers, and what they have seen."""

    servers: Sequence[str]
    seed: int
    calls: list[TimedCall] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    unscripted: list[tuple[int, Any]] = field(default_factory=list)
    """Answers that no client of a vendor should get."""
    lost: int = 0
    """Calls whose connection broke."""
    enough: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self, clients: int = 4) -> Iterator[None]:
        """Make calls within the block."""
        threads = [threading.Thread(target=self._client, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.enough.set()
            for thread in threads:
                thread.join()

    def wait_for_calls(self, count: int) -> None:
        """Wait until so many more calls have been answered."""
        target = len(self.calls) + count
        while len(self.calls) < target:
            self.enough.wait(0.001)

    def _client(self, number: int) -> None:
        draw = random.Random(self.seed * 100 + number)
        while not self.enough.is_set():
            server = draw.choice(self.servers)
            known = self.jobs[-6:]
            what = draw.choice(("create", "cancel", "get", "get", "get")) if known else "create"
            self.make(server, what, draw.choice(known) if known and what != "create" else "")

    def make(self, server: str, operation: str, job: str) -> None:
        """Make one call and record it."""
        method, path, body = {
            "create": ("POST", "/api/v1/automation/create-clips", PROJECT),
            "cancel": ("POST", "/api/v1/automation/cancel-project", {"projectId": job}),
            "get": ("GET", f"/api/v1/automation/get-project-details?projectId={job}", None),
        }[operation]
        begin = time.perf_counter()
        try:
            status, answer, retry_after = call(server, method, path, body)
        except ConnectionRefusedError:
            self.enough.wait(0.005)
            return
        except (OSError, http.client.HTTPException):
            self.lost += 1
            self._record(TimedCall(job, operation, None, begin))
            return
        end = time.perf_counter()
        self.statuses[status] += 1
        if status == 503 and answer["code"] == "SRV031" and retry_after:
            # Whether it took effect is not known.
            self._record(TimedCall(job, operation, None, begin))
            return
        outcome = _outcome(operation, status, answer)
        if outcome is None:
            self.unscripted.append((status, answer))
            return
        if operation == "create":
            job = answer["id"]
        self._record(TimedCall(job, operation, outcome, begin, end))
        if operation == "create":
            self.jobs.append(job)

    def _record(self, made: TimedCall) -> None:
        with self._lock:
            # A create without an answer is about a job that no client knows, and a get without one says nothing.
            if made.key and (made.answer is not None or made.operation == "cancel"):
                self.calls.append(made)


def _outcome(operation: str, status: int, answer: Any) -> str | None:
    """Return what an answer says about the job; None if no client should get it."""
    if operation == "create":
        return "created" if status in (200, 201) else None
    if operation == "cancel":
        return {200: "cancelled", 400: "refused", 404: "missing"}.get(status)
    if status == 404:
        return "missing"
    if status != 200:
        return None
    return "cancelled" if answer["status"] == "cancelled" else "active"
