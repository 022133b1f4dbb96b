"""A toy contract: one kind of job and every kind of rule, in a folder of its own."""

import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mockserver.contract.findings import Level
from mockserver.contract.judgement import Judgement
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.rule_set import RuleSet, load_rule_set
from mockserver.core.instants import SECOND, parse_instant
from mockserver.core.wire import Exchange, Request, Response

START = parse_instant("2026-10-01T12:00:00Z") or 0
ERA = "2026-01-01"

CAPTURE = """
paths:
  /jobs:
    post: {operationId: make, responses: {'201': {}}}
    get: {operationId: list, responses: {'200': {}}}
  /jobs/models: {get: {operationId: models, responses: {'200': {}}}}
  /jobs/{id}:
    get: {operationId: read, responses: {'200': {}, '404': {}}}
    delete: {operationId: remove, responses: {'200': {}, '409': {}}}
  /jobs/{id}/lines: {get: {operationId: lines, responses: {'200': {}}}}
  /stop: {post: {operationId: stop, responses: {'200': {}, '409': {}}}}
  /status: {get: {operationId: status, responses: {'200': {}}}}
"""

RESOURCES = """
resources:
  job:
    states: [waiting, working, done, stopped]
    terminal: [done, stopped]
    words: {busy: [working]}
    moves: {waiting: [working], working: [done]}
    created: /made
    kept: 30d
    operations:
      make: {id: answer /id, creates: true, shows: {'201': ''}, answers: {'201': {from: absent, to: waiting}}}
      read: {id: path id, shows: {'200': ''}, unknown: [404]}
      list: {id: each /id, each: /jobs, shows: {'200': ''}}
      lines: {id: each /id, lines: true, shows: {'200': ''}, partial: true}
      status: {id: query job, shows: {'200': ''}, unknown: [404]}
      remove: {id: path id, unknown: [404], answers: {'200': {from: terminal, to: deleted}, '409': {from: live}}}
      stop:
        id: body /job
        shows: {'200': ''}
        unknown: [404]
        answers:
          '200':
          - {from: [waiting, working], to: stopped}
          - {from: stopped, shown: [stopped], to: shown}
          '409': {from: [done, stopped]}
"""


def rule(id_: str, kind: str, *lines: str, on: str = "job", level: str = "E") -> str:
    """Build the YAML of a rule."""
    head = (f"- id: {id_}", f"level: {level}", f"kind: {kind}", *((f"on: {on}",) if on else ()))
    return "\n  ".join([*head, f"says: {id_} holds", "source: a page", "example: none", *lines]) + "\n"


COMMON_RULES = (
    rule("L2", "absorbs", on="") + rule("L1", "follows", on="", level="W") + rule("L13", "ends", on="", level="I")
)
CONDUCT_RULES = "".join(rule(f"C{number}", "conduct", on="", level="I") for number in range(1, 7))


def toy_rule(kind: str, level: Level = "error", **options: Any) -> ContractRule:
    """Build a rule as read from a file, with options of its kind."""
    return ContractRule(
        id="X1",
        level=level,
        kind=kind,
        statement="x holds",
        source="a page",
        example="none",
        method="so",
        resource_kind="job",
        eras=(),
        options=MappingProxyType(options),
        location="f:1",
    )


def contracts(place: Path, *rules: str, resources: str = RESOURCES, common: str = "") -> Path:
    """Write a folder of contracts with the toy vendor."""
    (place / "toy" / "captures").mkdir(parents=True, exist_ok=True)
    (place / "toy" / "captures" / f"{ERA}.yaml").write_text(CAPTURE)
    text = f"hosts: [toy.example.com]\n{resources}\nrules:\n" + ("".join(rules) or "  []\n")
    (place / "toy" / "rules.yaml").write_text(text)
    (place / "rules.yaml").write_text("rules:\n" + (common or "  []\n"))
    return place


def book(place: Path, *rules: str, **how: Any) -> RuleSet:
    """Load the toy vendor's rule set."""
    return load_rule_set("toy", root=contracts(place, *rules, **how))


def call(
    method: str,
    path: str,
    status: int | None,
    body: Any = None,
    *,
    sent: Any = None,
    headers: dict[str, str] | None = None,
    at: float = 0,
    took: float = 0,
    seq: int = 0,
    answer_headers: tuple[tuple[str, str], ...] = (),
) -> Exchange:
    """Build an exchange; times are in seconds after the start, `seq` is the place of its request in the order."""
    path, _, query = path.partition("?")
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    request_body = b"" if sent is None else json.dumps(sent).encode()
    begin = START + int(at * SECOND)
    end = begin + int(took * SECOND)
    heads = (("Content-Type", "application/json"), *answer_headers)
    response = None if status is None else Response(status, heads, data)
    request = Request(method, path, query, headers or {}, request_body)
    return Exchange(request, response, begin, None if status is None else end, seq, seq)


def read_job(
    status: str,
    seq: int = 0,
    job: str = "j1",
    *,
    at: float = 0,
    took: float = 0,
    headers: dict[str, str] | None = None,
    answer_headers: tuple[tuple[str, str], ...] = (),
    **fields: Any,
) -> Exchange:
    """Build a poll that shows a state."""
    body = {"id": job, "status": status, **fields}
    path = f"/jobs/{job}"
    return call("GET", path, 200, body, headers=headers, at=at, took=took, seq=seq, answer_headers=answer_headers)


def outcomes(judgement: Judgement, rule_id: str) -> list[tuple[str, str]]:
    """Map the jobs that a rule has a verdict on to their outcomes."""
    return [(verdict.resource, verdict.outcome) for verdict in judgement.verdicts if verdict.rule == rule_id]


def get_exchange(
    body=b"", *, status=200, path="/v1/jobs/7", media="application/json", host="", method="GET", at=0, **headers
):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = (("Content-Type", media), *({"X-Id": "1"} | headers).items())
    request = Request(method, path, "", {"host": host} if host else {})
    return Exchange(request, Response(status, sent, data), at * SECOND, at * SECOND + 1)
