"""Records a client's calls of the fake as a recorder outside would: real host, real key, an answer that takes time.

recorder = CallRecorder("reap@2026-07-07", "timeline: [queued: 7s, processing: 1m, completed]")
job = recorder.call("create")
recorder.wait(3 * SECOND)
recorder.call("get", job)
recorder.exchanges
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.core.instants import MILLISECOND, Duration, parse_instant, rfc3339
from mockserver.core.wire import Exchange, Request, Response
from mockserver.distill.distiller import Distilled, Distiller, DistillOptions
from mockserver.redaction.redactor import Redactor
from mockserver.runner.calls import operation_request
from mockserver.runner.targets.factories import in_process_targets
from mockserver.scenario.compile import load_scenario
from mockserver.stores import memory_store
from mockserver.vendors.api import Vendor
from mockserver.vendors.registry import resolve_era
from tests.support.bundled_scenarios import played
from tests.support.fake_world import VENDORS

CLIENT_KEY = "kq83hdy27ahsk20dkwmzb4"
PERSONAL_TEXT = "Jane Doe dances at 12 Secret Street"
TOOK = 120 * MILLISECOND


class CallRecorder:
    """A client with a recorder, on a fake that follows the lines of a scenario."""

    def __init__(self, pin: str, script: str = "", vendors: Mapping[str, Vendor] = VENDORS) -> None:
        self.era = resolve_era(pin, vendors)
        scenario = load_scenario(f"scenario: recorded\nvendor: {pin}\n{script}\n", vendors)
        self._target = in_process_targets(memory_store)(scenario, self.era)
        self._host = load_rule_set(self.era.vendor, self.era.date).hosts[0]
        self.now: Duration = 0
        self.exchanges: list[Exchange] = []

    def wait(self, duration: Duration) -> None:
        """Let time pass."""
        self.now += duration

    def call(
        self, name: str, job_id: str = "", body: dict[str, Any] | None = None, *, took: Duration = TOOK, **headers: str
    ) -> str:
        """Call an operation and record it; return the id that a create answers, else the job's."""
        operation = self.era.operation(name)
        assert operation is not None
        kind = self.era.kinds[operation.kind]
        if operation.creates and body is None:
            body = dict(kind.example)
            if "prompt" in body:
                body["prompt"] = PERSONAL_TEXT
        request = operation_request(self.era, operation, job_id, body, CLIENT_KEY)
        answer = self.send(request._replace(headers={**request.headers, **headers}), took=took)
        if operation.creates and answer is not None and answer.status < 300:
            return str(orjson.loads(answer.body)[kind.id_field])
        return job_id

    def send(self, request: Request, *, took: Duration = TOOK) -> Response | None:
        """Send any request and record it."""
        self._target.advance_to(self.now)
        exchange = self._target.send(request)
        response = exchange.response
        if response is not None:
            kept = tuple(header for header in response.headers if not header[0].startswith("X-Mock"))
            response = response._replace(headers=kept)
        number = 2 * len(self.exchanges) + 1
        recorded = request._replace(headers={**request.headers, "host": self._host})
        answered_at = None if response is None else exchange.sent_at + took
        self.exchanges.append(Exchange(recorded, response, exchange.sent_at, answered_at, number, number + 1))
        self.now += took
        return response

    def poll(self, job_id: str, times: int, every: Duration, operation: str = "get") -> None:
        """Poll a job."""
        for _ in range(times):
            self.wait(every)
            self.call(operation, job_id)

    def call_together(self, names: Sequence[str], job_id: str) -> None:
        """Call operations about a job at once: all are sent before the first is answered, in this order."""
        first = len(self.exchanges)
        for name in names:
            self.call(name, job_id, took=0)
        number, count = 2 * first + 1, len(names)
        self.exchanges[first:] = [
            each._replace(sent_seq=number + place, answered_seq=number + count + place)
            for place, each in enumerate(self.exchanges[first:])
        ]
        self.now += TOOK

    def receive_deliveries(self, host: str = "client.example") -> None:
        """Record the webhooks that were sent so far, as a recorder before the client's receiver sees them."""
        self._target.advance_to(self.now)
        for row in self._target.deliveries(None):
            at = parse_instant(row["at"])
            assert at is not None
            headers = {"host": host, "content-type": "application/json"}
            request = Request("POST", "/hook", "", headers, row["body"].encode())
            response = None if row["status"] is None else Response(row["status"])
            answered_at = None if response is None else at + TOOK
            number = 2 * len(self.exchanges) + 1
            self.exchanges.append(Exchange(request, response, at, answered_at, number, number + 1))

    def body(self, number: int) -> Any:
        """Return the JSON of a recorded answer."""
        response = self.exchanges[number].response
        assert response is not None
        return orjson.loads(response.body)

    def change_answer(self, number: int, **changes: Any) -> None:
        """Change members of a recorded answer's JSON body; `status` is that of the answer."""
        exchange = self.exchanges[number]
        assert exchange.response is not None
        status = changes.pop("http_status", exchange.response.status)
        body = orjson.dumps({**orjson.loads(exchange.response.body), **changes})
        response = exchange.response._replace(status=status, body=body)
        self.exchanges[number] = exchange._replace(response=response)


def distill(exchanges: Sequence[Exchange], vendors: Mapping[str, Vendor] = VENDORS, **options: Any) -> Distilled:
    """Distill exchanges."""
    distiller = Distiller(vendors, memory_store)
    return distiller.distill(exchanges, DistillOptions(**{"name": "recorded", **options}), Redactor())


def script_lines(found: Distilled) -> list[str]:
    """Return the lines of a distilled scenario between the vendor and the play, without comments."""
    lines = [line.partition("  #")[0] for line in found.text.splitlines() if not line.startswith("#")]
    start = next(index for index, line in enumerate(lines) if line.startswith("vendor:"))
    return lines[start + 1 : lines.index("play:")]


def play_lines(found: Distilled) -> list[str]:
    """Return the steps of a distilled scenario's play, without comments."""
    lines = [line.partition("  #")[0] for line in found.text.splitlines()]
    return [line.removeprefix("  - ") for line in lines[lines.index("play:") + 1 :]]


def bundled_recording(name: str) -> list[Exchange]:
    """Return what a recorder between the play of a bundled scenario and the vendor's host would have seen."""
    result = played(name)
    host = load_rule_set(result.era.vendor, result.era.date).hosts[0]
    seen = sorted((step.exchange for step in result.steps if step.exchange is not None), key=lambda each: each.sent_seq)
    return [
        each._replace(request=each.request._replace(headers={**each.request.headers, "host": host})) for each in seen
    ]


def write_har(path: Path, exchanges: Sequence[Exchange]) -> Path:
    """Write exchanges as a browser exports them."""
    entries = [_har_entry(exchange) for exchange in exchanges]
    path.write_bytes(orjson.dumps({"log": {"version": "1.2", "creator": {"name": "browser"}, "entries": entries}}))
    return path


def _har_entry(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    query = f"?{request.query}" if request.query else ""
    made: dict[str, Any] = {
        "startedDateTime": rfc3339(exchange.sent_at, digits=3),
        "time": ((exchange.answered_at or exchange.sent_at) - exchange.sent_at) / MILLISECOND,
        "request": {
            "method": request.method,
            "url": f"https://{request.headers['host']}{request.path}{query}",
            "headers": [{"name": name, "value": value} for name, value in request.headers.items()],
        },
        "response": {"status": 0, "headers": [], "content": {}},
    }
    if request.body:
        made["request"]["postData"] = {"mimeType": "application/json", "text": request.body.decode()}
    if response is not None:
        made["response"] = {
            "status": response.status,
            "headers": [{"name": name, "value": value} for name, value in response.headers],
            "content": {"size": len(response.body), "mimeType": "application/json", "text": response.body.decode()},
        }
    return made
