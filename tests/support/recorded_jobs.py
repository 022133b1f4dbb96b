"""Recordings written in a test, and a client that asks a player for their answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND, Instant
from mockserver.core.wire import Exchange, Request, Response, SourcePosition
from mockserver.replay.answers import AnswerStore
from mockserver.replay.player import DriveBy, RecordingPlayer
from mockserver.replay.traffic import read_traffic

BASE = "http://127.0.0.1:4813"
HOST = "api.phaseo.app"
JOB = "vid_0123456789ABCDEF"
START = 1_700_000_000 * SECOND
WALL = 1_800_000_000 * SECOND
"""The machine's instant of a client's first request."""
VIDEOS = "/v1/videos"


class TestRecording(list[Exchange]):
    """Exchanges that a test adds one by one; `at` is in seconds."""

    __test__ = False

    def add(
        self,
        at: float,
        call: str,
        status: int | None = 200,
        body: Any = None,
        *,
        sent: Any = None,
        headers: dict[str, str] | None = None,
        answer_headers: dict[str, str] | None = None,
        host: str = HOST,
    ) -> None:
        """Add a call such as `GET /v1/videos/v1?x=1`; status None is a call without an answer."""
        method, _, target = call.partition(" ")
        path, _, query = target.partition("?")
        instant = START + int(at * SECOND)
        request = Request(method, path, query, {"host": host, **(headers or {})}, as_body(sent))
        response = None
        if status is not None:
            pairs = {"Content-Type": "application/json", **(answer_headers or {})}
            response = Response(status, tuple(pairs.items()), as_body(body))
        number = len(self) + 1
        self.append(Exchange(request, response, instant, instant, 2 * number, 2 * number + 1, SourcePosition(number)))

    def create(self, at: float, job: str = JOB, **options: Any) -> None:
        """Add a create that is answered with a queued video."""
        self.add(at, f"POST {VIDEOS}", 202, video(job, "queued"), **options)

    def poll(self, at: float, status: str, job: str = JOB) -> None:
        """Add a poll that shows a status."""
        self.add(at, f"GET {VIDEOS}/{job}", 200, video(job, status))


def recorded_job(*calls: tuple[Any, ...], created_at: float = 0) -> TestRecording:
    """Record one job: its create, polls `(5, "queued")`, and other calls as `add` takes them: `(9, CANCEL, 400)`."""
    recording = TestRecording()
    recording.create(created_at)
    for at, *call in calls:
        record = recording.poll if len(call) == 1 else recording.add
        record(at, *call)
    return recording


def video(job: str, status: str, **fields: Any) -> dict[str, Any]:
    """Return the body of a video."""
    return {"id": job, "status": status, "polling_url": f"https://{HOST}{VIDEOS}/{job}", **fields}


def as_body(value: Any) -> bytes:
    """Return bytes as they are, None as an empty body, anything else as JSON."""
    if isinstance(value, bytes):
        return value
    return b"" if value is None else json.dumps(value).encode()


class TestClient:
    """Asks a player for answers, and says when it does."""

    __test__ = False

    def __init__(self, player: RecordingPlayer) -> None:
        self.player = player

    def send(self, at: float, call: str, *, sent: Any = None, headers: dict[str, str] | None = None) -> Response:
        """Return the answer to a call, sent `at` seconds after the start."""
        method, _, target = call.partition(" ")
        path, _, query = target.partition("?")
        request = Request(method, path, query, {"host": "127.0.0.1:4813", **(headers or {})}, as_body(sent))
        return self.player.answer(request, BASE, wall(at))

    def create(self, at: float, **options: Any) -> str:
        """Create a video; return its id."""
        return str(json.loads(self.send(at, f"POST {VIDEOS}", **options).body)["id"])

    def poll(self, at: float, job: str = JOB) -> str:
        """Return the status that a poll shows; of a problem its code."""
        return shown(self.send(at, f"GET {VIDEOS}/{job}"))

    def polls(self, *instants: float) -> list[str]:
        """Return the statuses that polls at these instants show, one after the other."""
        return [self.poll(at) for at in instants]

    def cancel(self, at: float, job: str = JOB) -> str:
        """Return the status that a cancel shows; of a problem its code."""
        return shown(self.send(at, f"POST {VIDEOS}/{job}/cancel"))


def shown(response: Response) -> str:
    """Return the status word of an answer, of a problem its code, else the status."""
    body = json.loads(response.body or b"{}")
    return str(body.get("code") or body.get("status") or response.status)


def wall(at: float) -> Instant:
    """Return the machine's instant so many seconds after the client's start."""
    return WALL + int(at * SECOND)


@contextmanager
def playing(recording: list[Exchange], by: str = "time", clock: Clock | None = None) -> Iterator[TestClient]:
    """Open a client of a recording."""
    with AnswerStore() as store:
        traffic = read_traffic(recording, store)
        yield TestClient(RecordingPlayer(traffic, DriveBy(by), clock or Clock(WALL, WALL)))


@contextmanager
def playing_job(recording: list[Exchange], by: str = "time", clock: Clock | None = None) -> Iterator[TestClient]:
    """Open a client of a recording that has created its job at once."""
    with playing(recording, by, clock) as client:
        client.create(0)
        yield client
