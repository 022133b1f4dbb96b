"""Judge a short written history of a vendor's answers: the rules that it breaks, in the order of the findings."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mockserver.contract.judge.history import HistoryJudge
from mockserver.core.instants import SECOND, Instant, parse_instant
from mockserver.core.wire import Exchange, Request, Response

START: Instant = parse_instant("2026-03-16T10:00:00Z") or 0
"""When a history begins; a call is sent every ten seconds."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call and its answer: `Call("GET /v1/tasks/1", 200, {...})`; a body that is None is an empty one."""

    line: str
    status: int
    answer: Any = None
    sent: Any = None
    headers: dict[str, str] = field(default_factory=lambda: {"authorization": "Bearer k"})


def broken_rules(pin: str, calls: Iterable[Call], headers: dict[str, str] | None = None) -> list[str]:
    """Return the rules that the answers break; `headers` are sent with every call."""
    vendor, _, era = pin.partition("@")
    judge = HistoryJudge(vendor, era)
    for seq, call in enumerate(calls, start=1):
        judge.add(_exchange(call, headers or {}, seq))
    judgement = judge.finish()
    assert not judgement.counts.unknown_calls
    return [finding.rule for finding in judgement.findings]


def _exchange(call: Call, headers: dict[str, str], seq: int) -> Exchange:
    method, _, target = call.line.partition(" ")
    path, _, query = target.partition("?")
    sent = b"" if call.sent is None else json.dumps(call.sent).encode()
    request = Request(method, path, query, {**headers, **call.headers}, sent)
    content = (("Content-Type", "application/json"),) if call.answer is not None else ()
    answer = b"" if call.answer is None else json.dumps(call.answer).encode()
    at = START + seq * 10 * SECOND
    return Exchange(request, Response(call.status, content, answer), at, at + 1, seq, seq)
