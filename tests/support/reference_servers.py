"""Correct servers, written from the vendors' pages and apart from the fake, with clients that overlap and lose answers.

    exchanges = traffic(Batches, seed=7, clients=8)

Each server holds one truth; a call takes effect at one instant between its sending and its answer, and what a job does
by itself happens between calls. That is all that being correct means, so no rule may find anything.
"""

import heapq
import json
import random  # noqa: TID251 -- seeded; histories, not secrets
from abc import ABC, abstractmethod
from collections import deque
from typing import Any, ClassVar

from mockserver.core.instants import HOUR, MILLISECOND, SECOND, parse_instant, rfc3339
from mockserver.core.wire import Exchange, Request, Response

START = parse_instant("2026-10-01T12:00:00Z") or 0
Answer = tuple[int, Any]


class Server(ABC):
    """One vendor's truth. `handle` answers one call; a vendor answers `create` and calls about one job."""

    vendor = ""
    era = ""
    pace = SECOND
    calls: ClassVar[dict[str, int]] = {}
    """The calls with their weights."""
    routes: ClassVar[dict[str, tuple[str, str, bytes]]] = {}
    """Method, target and body of each call, with `ID` for the job."""
    list_frame: ClassVar[dict[str, Any]] = {}
    """The body of a list without its jobs."""
    list_key = "data"
    not_found: ClassVar[Answer] = (404, {})

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.jobs: dict[str, dict[str, Any]] = {}

    def new_id(self) -> str:
        return f"{self.dice.getrandbits(96):024x}"

    def step(self, job: dict[str, Any], now: int) -> None:
        """Let a job do what it does by itself up to now."""
        while job["next"] is not None and job["next"][0] <= now:
            at, state = job["next"]
            self.enter(job, state, at)

    def enter(self, job: dict[str, Any], state: str, at: int) -> None:
        job["state"], job["since"] = state, at
        job["entered"][state] = at
        follow = self.follow.get(state)
        job["next"] = (at + self.dice.randint(1, 9) * self.pace + 1, self.dice.choice(follow)) if follow else None

    follow: ClassVar[dict[str, list[str]]] = {}

    def request(self, call: str, job_id: str) -> Request:
        """Return the request of a call about a job."""
        method, target, body = self.routes[call]
        path, _, query = target.replace("ID", job_id).partition("?")
        return Request(method, path, query, body=body.replace(b"ID", job_id.encode()))

    def handle(self, call: str, job: dict[str, Any] | None, now: int) -> Answer:
        """Answer a call at an instant."""
        if call == "create":
            return self.create(now)
        if call == "list":
            shown = [self.body(each, now) for each in self.jobs.values() if not each["gone"]]
            return 200, {**self.list_frame, self.list_key: shown[-5:]}
        if job is None or job["gone"]:
            return self.not_found
        return self.about(call, job, now)

    @abstractmethod
    def create(self, now: int) -> Answer:
        """Create a job."""

    @abstractmethod
    def about(self, call: str, job: dict[str, Any], now: int) -> Answer:
        """Answer a call about a job that exists."""

    @abstractmethod
    def body(self, job: dict[str, Any], now: int) -> dict[str, Any]:
        """Return the job as its server shows it."""

    def make(self, now: int, first: str, **more: Any) -> dict[str, Any]:
        job = {"id": self.new_id(), "created": now, "entered": {}, "gone": False, **more}
        self.enter(job, first, now)
        self.jobs[job["id"]] = job
        return job


class Videos(Server):
    """Phaseo, its cancel working."""

    vendor, era = "phaseo", "2026-06-11"
    calls: ClassVar[dict[str, int]] = {"create": 1, "get": 8, "list": 2, "cancel": 2, "delete": 1, "content": 1}
    follow: ClassVar[dict[str, list[str]]] = {
        "queued": ["processing", "processing", "failed", "expired"],
        "processing": ["completed", "completed", "failed", "expired"],
    }

    routes: ClassVar[dict[str, tuple[str, str, bytes]]] = {
        "create": ("POST", "/v1/videos", b'{"model": "m", "prompt": "p"}'),
        "get": ("GET", "/v1/videos/ID", b""),
        "list": ("GET", "/v1/videos", b""),
        "cancel": ("POST", "/v1/videos/ID/cancel", b""),
        "delete": ("DELETE", "/v1/videos/ID", b""),
        "content": ("GET", "/v1/videos/ID/content", b""),
    }
    list_frame: ClassVar[dict[str, Any]] = {"object": "list"}
    not_found: ClassVar[Answer] = (404, {"error": "not_found", "reason": "video_not_found_or_not_owned"})

    def body(self, job: dict[str, Any], now: int) -> dict[str, Any]:
        state = job["state"]
        done = state == "completed"
        progress = 100 if done else min(99, (now - job["created"]) // SECOND) if state != "queued" else 0
        job["progress"] = max(job.get("progress", 0), progress)
        started = job["entered"].get("processing")
        return {
            "id": job["id"], "object": "video", "status": state, "output_access": "both", "progress": job["progress"],
            "lifecycle_status": {"queued": "pending", "processing": "running"}.get(state, state),
            "created_at": job["created"] // SECOND, "started_at": started and started // SECOND,
            "completed_at": job["since"] // SECOND if state not in ("queued", "processing") else None,
            "content_url": "https://x/c", "download_url": "https://x/d" if done else None, "expires_at": None,
        }  # fmt: skip

    def create(self, now: int) -> Answer:
        return 200, self.body(self.make(now, "queued"), now)

    def about(self, call: str, job: dict[str, Any], now: int) -> Answer:
        state = job["state"]
        if call == "cancel":
            return self.cancel(job, state, now)
        if call == "delete":
            job["gone"] = state in ("completed", "failed")
            return (200, {"id": job["id"], "deleted": True}) if job["gone"] else (400, {"error": "validation_error"})
        if call == "content":
            return (200, None) if state == "completed" else (409, {"error": "not_ready"})
        return 200, self.body(job, now)

    def cancel(self, job: dict[str, Any], state: str, now: int) -> Answer:
        if state in ("completed", "failed", "expired"):
            reason = "video_cancel_requires_non_terminal_status"
            return 400, {"error": "validation_error", "reason": reason, "status_code": 400}
        if state != "cancelled":
            fate = self.dice.choice(("cancelled", "cancelled", "cancelled", "completed", "refused"))
            if fate == "refused":
                return 502, {"error": "upstream_error"}
            self.enter(job, fate, now)
        return 200, self.body(job, now)


class Uncancellable(Videos):
    """Phaseo, its cancel switched off."""

    era = "2026-08-10"

    def cancel(self, job: dict[str, Any], state: str, now: int) -> Answer:
        return 501, {"error": "not_implemented_yet", "reason": "video_cancellation_disabled", "status_code": 501}


class Batches(Server):
    """TwelveLabs' batches: the state follows from the items."""

    vendor, era = "twelvelabs", "2026-09-15"
    calls: ClassVar[dict[str, int]] = {"create": 1, "get": 8, "list": 2, "cancel": 2, "delete": 1, "results": 1}

    routes: ClassVar[dict[str, tuple[str, str, bytes]]] = {
        "create": ("POST", "/v1.3/analyze/batches", b"{}"),
        "get": ("GET", "/v1.3/analyze/batches/ID", b""),
        "list": ("GET", "/v1.3/analyze/batches", b""),
        "cancel": ("POST", "/v1.3/analyze/batches/ID/cancel", b""),
        "delete": ("DELETE", "/v1.3/analyze/batches/ID", b""),
        "results": ("GET", "/v1.3/analyze/batches/ID/results", b""),
    }
    not_found: ClassVar[Answer] = (404, {"error": {"code": "resource_not_exist", "message": "m"}})

    def make(self, now: int, first: str, **more: Any) -> dict[str, Any]:
        items = []
        for _ in range(self.dice.randint(1, 4)):
            begins = now + self.dice.randint(1, 9) * SECOND + 3
            items.append([begins, begins + self.dice.randint(1, 9) * SECOND + 5, self.dice.choice(("ready", "failed"))])
        slow = self.dice.random() < 0.1
        job = {"id": self.new_id(), "created": now, "gone": False, "items": items, "cut": None}
        job["expires"] = now + (4 * SECOND if slow else 24 * HOUR)
        self.jobs[job["id"]] = job
        return job

    def step(self, job: dict[str, Any], now: int) -> None:
        job["seen"] = now

    def counts(self, job: dict[str, Any], now: int) -> dict[str, int]:
        counts = dict.fromkeys(("queued", "processing", "ready", "failed", "canceled"), 0)
        end = job["cut"] if job["cut"] is not None else now + 1
        for begins, ends, how in job["items"]:
            if begins > now or begins >= end:
                counts["queued" if job["cut"] is None else "canceled"] += 1
            elif ends > now:
                counts["processing"] += 1
            else:
                counts[how] += 1
        return counts

    def state(self, job: dict[str, Any], now: int) -> str:
        counts = self.counts(job, now)
        if counts["queued"] + counts["processing"] == 0:
            finished = sum(counts.values()) == counts["ready"] + counts["failed"]
            cut = job["cut"] is not None and not (finished and job["ended"])
            return "canceled" if cut else "completed"
        if job["cut"] is not None:
            return "canceling"
        return "pending" if counts["queued"] == len(job["items"]) else "processing"

    def end(self, job: dict[str, Any]) -> int:
        """Return the instant at which nothing was left to do."""
        cut = job["cut"]
        return max([cut or 0, *(ends for begins, ends, _ in job["items"] if cut is None or begins < cut)])

    def body(self, job: dict[str, Any], now: int) -> dict[str, Any]:
        counts, state = self.counts(job, now), self.state(job, now)
        ends = {"canceled": "canceled_at", "completed": "completed_at"}
        return {
            "batch_id": job["id"], "status": state, "total_items": len(job["items"]), "model_name": "pegasus1.5",
            "analysis_mode": "general", "created_at": rfc3339(job["created"]),
            "expires_at": rfc3339(job["created"] + 24 * HOUR),
            **{f"{name}_items": count for name, count in counts.items()},
            **({ends[state]: rfc3339(self.end(job))} if state in ends else {}),
        }  # fmt: skip

    def create(self, now: int) -> Answer:
        body = self.body(self.make(now, ""), now)
        return 201, {name: value for name, value in body.items() if not name.endswith("_items")}

    def about(self, call: str, job: dict[str, Any], now: int) -> Answer:
        state = self.state(job, now)
        if call == "cancel":
            if state in ("completed", "canceled"):
                return 409, {"error": {"code": f"batch_{state}", "message": "m"}}
            if state == "canceling" and self.dice.random() < 0.5:
                return 409, {"error": {"code": "batch_canceled", "message": "m"}}
            before = self.body(job, now)
            if job["cut"] is None:
                job["cut"], job["ended"] = now, False
            return 202, before if self.dice.random() < 0.3 else self.body(job, now)
        if call == "delete":
            job["gone"] = state in ("completed", "canceled")
            return (200, None) if job["gone"] else (409, {"error": {"code": "batch_not_terminal", "message": "m"}})
        return (200, None) if call == "results" else (200, self.body(job, now))


class Tasks(Server):
    """TwelveLabs' single tasks."""

    vendor, era = "twelvelabs", "2026-09-15"
    calls: ClassVar[dict[str, int]] = {"create": 1, "get": 8, "list": 2, "cancel": 2, "delete": 1}
    follow: ClassVar[dict[str, list[str]]] = {
        "queued": ["pending", "processing"],
        "pending": ["processing"],
        "processing": ["ready", "ready", "failed"],
    }

    routes: ClassVar[dict[str, tuple[str, str, bytes]]] = {
        "create": ("POST", "/v1.3/analyze/tasks", b"{}"),
        "get": ("GET", "/v1.3/analyze/tasks/ID", b""),
        "list": ("GET", "/v1.3/analyze/tasks", b""),
        "cancel": ("POST", "/v1.3/analyze/tasks/ID/cancel", b""),
        "delete": ("DELETE", "/v1.3/analyze/tasks/ID", b""),
    }
    not_found: ClassVar[Answer] = (404, {"code": "resource_not_exist", "message": "m"})

    def create(self, now: int) -> Answer:
        job = self.make(now, "queued")
        return 202, {"task_id": job["id"], "status": job["state"]}

    def about(self, call: str, job: dict[str, Any], now: int) -> Answer:
        if call == "cancel":
            if job["state"] in ("ready", "failed"):
                return 409, {"code": "task_finished", "message": "m"}
            self.enter(job, "canceled", now)
            return 200, {"task_id": job["id"], "status": "canceled"}
        if call == "delete":
            job["gone"] = job["state"] != "processing"
            return (200, None) if job["gone"] else (409, {"code": "x", "message": "m"})
        return 200, self.body(job, now)

    def body(self, job: dict[str, Any], now: int) -> dict[str, Any]:
        return {"task_id": job["id"], "custom_id": None, "status": job["state"], "created_at": rfc3339(job["created"])}


class Projects(Server):
    """Reap, with its limit of ten a minute, and with projects that are stuck for hours."""

    vendor, era, pace = "reap", "2026-07-07", 20 * SECOND
    calls: ClassVar[dict[str, int]] = {
        "create": 1, "get": 6, "details": 4, "list": 2, "cancel": 3, "delete": 1, "update": 1,
    }  # fmt: skip
    follow: ClassVar[dict[str, list[str]]] = {
        "queued": ["prepped", "prepped", "processing", "invalid"],
        "prepped": ["draft", "processing"],
        "draft": ["processing", "failed"],
        "processing": ["finalizing", "completed", "error"],
        "finalizing": ["completed"],
    }

    def __init__(self, dice: random.Random) -> None:
        super().__init__(dice)
        self.times: dict[str, deque[int]] = {}

    def enter(self, job: dict[str, Any], state: str, at: int) -> None:
        super().enter(job, state, at)
        job["updated"] = at
        if state == "processing" and self.dice.random() < 0.2:
            job["next"] = (at + 9 * HOUR, "completed")

    routes: ClassVar[dict[str, tuple[str, str, bytes]]] = {
        "create": ("POST", "/api/v1/automation/create-clips", b"{}"),
        "get": ("GET", "/api/v1/automation/get-project-status?projectId=ID", b""),
        "details": ("GET", "/api/v1/automation/get-project-details?projectId=ID", b""),
        "list": ("GET", "/api/v1/automation/get-all-projects", b""),
        "cancel": ("POST", "/api/v1/automation/cancel-project", b'{"projectId": "ID", "title": "t"}'),
        "update": ("POST", "/api/v1/automation/update-project", b'{"projectId": "ID", "title": "t"}'),
        "delete": ("DELETE", "/api/v1/automation/delete-project?projectId=ID", b""),
    }
    list_key = "projects"
    not_found: ClassVar[Answer] = (404, {"detail": "no such project"})

    def handle(self, call: str, job: dict[str, Any] | None, now: int) -> Answer:
        times = self.times.setdefault(call, deque(maxlen=10))
        if len(times) == 10 and now - times[0] <= 61 * SECOND:
            return 429, {"detail": "slow"}
        times.append(now)
        return super().handle(call, job, now)

    def create(self, now: int) -> Answer:
        return 200, self.body(self.make(now, "queued"), now)

    def about(self, call: str, job: dict[str, Any], now: int) -> Answer:
        state = job["state"]
        live = state in self.follow
        if call == "get":
            return 200, {"projectId": job["id"], "status": state}
        if call == "cancel":
            since = now - job["entered"].get("processing", now)
            if not live or (state in ("processing", "finalizing") and since <= 8 * HOUR):
                return 400, {"detail": "no"}
            self.enter(job, "cancelled", now)
        elif call == "update":
            if live or state == "cancelled":
                return 400, {"detail": "no"}
            job["updated"] = now
        elif call == "delete":
            job["gone"] = not live
            return (200, {"projectId": job["id"], "deleted": True}) if job["gone"] else (400, {"detail": "no"})
        return 200, self.body(job, now)

    def body(self, job: dict[str, Any], now: int) -> dict[str, Any]:
        times = {"createdAt": job["created"] // SECOND, "updatedAt": job["updated"] // SECOND}
        return {"id": job["id"], "status": job["state"], "projectType": "clipping", "source": "Upload", **times}


SERVERS = (Videos, Uncancellable, Batches, Tasks, Projects)


def traffic(kind: type[Server], seed: int, *, clients: int, calls: int = 60, lost: float = 0.05) -> list[Exchange]:
    """What so many clients saw, in the order of sending; the sequence numbers are those of sendings and answers."""
    dice = random.Random(f"{kind.__name__} {seed} {clients}")
    server = kind(dice)
    names, weights = list(kind.calls), list(kind.calls.values())
    slow = kind.pace // SECOND
    free = [(START + dice.randint(0, 999) * MILLISECOND, client) for client in range(clients)]
    heapq.heapify(free)
    work: list[tuple[int, int, Any]] = []
    done: list[tuple[int, int | None, Request, Response | None]] = []
    known: list[str] = []
    for number in range(calls):
        sent, client = heapq.heappop(free)
        while work and work[0][0] <= sent:
            _serve(server, heapq.heappop(work), done, known, dice, lost)
        call = "create" if not known and number % 7 == 0 else dice.choices(names, weights)[0]
        job_id = dice.choice(known[-3:]) if known else server.new_id()
        effect = sent + dice.randint(0, 3 * slow) * SECOND + dice.randint(1, 999) * 1001
        answered = effect + dice.randint(0, 2 * slow) * SECOND + dice.randint(1, 999) * 1003
        heapq.heappush(work, (effect, number, (sent, answered, call, job_id)))
        leap = 9 * HOUR if dice.random() < 0.02 and kind is Projects else 0
        heapq.heappush(free, (answered + leap + dice.randint(1, 2000 * slow) * MILLISECOND, client))
    while work:
        _serve(server, heapq.heappop(work), done, known, dice, lost)
    return _numbered(done)


def _serve(server: Server, due: Any, done: list[Any], known: list[str], dice: random.Random, lost: float) -> None:
    """One call takes effect; or its request is lost, or its answer."""
    effect, _, (sent, answered, call, job_id) = due
    request = server.request(call, job_id)
    luck = dice.random()
    if luck < lost / 2:
        done.append((sent, None, request, None))
        return
    for job in server.jobs.values():
        server.step(job, effect)
    status, body = server.handle(call, server.jobs.get(job_id), effect)
    if call == "create" and status < 300:
        known.append(next(body[name] for name in ("id", "batch_id", "task_id") if name in body))
    if luck < lost:
        done.append((sent, None, request, None))
        return
    data = b"" if body is None else json.dumps(body).encode()
    done.append((sent, answered, request, Response(status, (("Content-Type", "application/json"),), data)))


def _numbered(done: list[Any]) -> list[Exchange]:
    events = sorted(
        [(sent, index, 0) for index, (sent, _, _, _) in enumerate(done)]
        + [(answered, index, 1) for index, (_, answered, _, _) in enumerate(done) if answered is not None]
    )
    places: dict[tuple[int, int], int] = {(index, end): place for place, (_, index, end) in enumerate(events, 1)}
    found = [
        Exchange(request, response, sent, answered, places[index, 0], places.get((index, 1), 0))
        for index, (sent, answered, request, response) in enumerate(done)
    ]
    return sorted(found, key=lambda exchange: exchange.sent_seq)
