"""How the client behaved, by the same exchanges: what a server's owner would ask of it, and a vendor's page does.

Told apart from findings, as information: a client that polls too often breaks no contract of the server's. Only what
is sure is told: of a wait, that the next request was sent before the time was over, counted from the answer.
"""

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.judge.job import PlacedExchange
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judge.run import key_fingerprint
from mockserver.contract.oracle.state_machine import NO_ANSWER, NOT_SHOWN
from mockserver.contract.rules.conditions import as_number, pointer_reader, value_at
from mockserver.contract.rules.rule_set import ContractRule, RuleSet
from mockserver.core.instants import SECOND, Duration, Instant, format_duration
from mockserver.core.wire import Response

MAX_REMEMBERED: Final = 2_000
"""Jobs, and pairs of key and operation, of which the last answer is remembered."""
BUSY_STATUSES: Final = (429, 503)
MAX_FINDINGS: Final = 1000
"""Findings that are kept."""
_read_poll_after: Final = pointer_reader("/poll_after_seconds")


class _LastRead(NamedTuple):
    """The last read of a job."""

    answered: Instant
    wait: Duration
    """How long it asked to wait."""
    terminal: str
    """The terminal status it showed, or nothing."""


class ClientJudge:
    """One client's conduct; C1 to C5 of the common rules."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._rules = {rule.id: rule for rule in rule_set.of_kinds("conduct")}
        self._create_operations = frozenset(
            name
            for resource in rule_set.resources.values()
            for name, bound in resource.bindings.items()
            if bound.creates
        )
        self._last_reads: OrderedDict[Any, _LastRead] = OrderedDict()
        self._busy_until: OrderedDict[Any, tuple[Instant, Duration]] = OrderedDict()
        self._final_refusals: OrderedDict[Any, int] = OrderedDict()
        self._unconfirmed_creates: OrderedDict[Any, Instant] = OrderedDict()
        self.findings: list[Finding] = []

    def observe(self, placed: PlacedExchange, mentions: Sequence[JobMention], body: Any) -> None:
        """One exchange, with the jobs it names."""
        if not self._rules:
            return
        self._check_backoff(placed)
        for sight in mentions:
            if sight.binding.list_path is None and not sight.binding.is_json_lines:
                self._check_poll(placed, sight, body)
                self._check_repeated_command(placed, sight)
        self._check_repeated_create(placed)

    def _check_backoff(self, placed: PlacedExchange) -> None:
        """C3: after a 429 or 503, the same call again before the time it asked for is over (without one: at once)."""
        if not self._busy_until and placed.status not in BUSY_STATUSES:
            return
        exchange = placed.exchange
        key = (key_fingerprint(exchange.request), placed.operation)
        last = self._busy_until.pop(key, None)
        if last is not None and last[0] <= exchange.sent_at < last[0] + last[1]:
            self._add_finding(
                "C3", placed, "", f"sent again after {format_duration(exchange.sent_at - last[0])}", last[1]
            )
        if placed.status in BUSY_STATUSES and exchange.response is not None and exchange.answered_at is not None:
            wait = parse_retry_after(exchange.response) or SECOND
            _remember(self._busy_until, key, (exchange.answered_at, wait))

    def _check_poll(self, placed: PlacedExchange, mention: JobMention, body: Any) -> None:
        """C1 and C2: a read sooner than the last one asked for, and one after a final answer."""
        exchange, binding = placed.exchange, mention.binding
        if binding.changes_job or exchange.request.method != "GET" or not binding.shown_at:
            return
        key = (mention.resource.kind, mention.job_id)
        last = self._last_reads.get(key)
        if last is not None and exchange.sent_at >= last.answered:
            who = f"{mention.resource.kind} {mention.job_id}"
            if last.terminal:
                self._add_finding("C2", placed, who, f"it was {last.terminal} already", 0)
            elif exchange.sent_at < last.answered + last.wait:
                self._add_finding(
                    "C1",
                    placed,
                    who,
                    f"read again after {format_duration(exchange.sent_at - last.answered)}",
                    last.wait,
                )
        if mention.body is not None and exchange.answered_at is not None and exchange.response is not None:
            word = value_at(mention.body, mention.resource.status_path)
            shown = binding.states_by_word.get(word, NOT_SHOWN) if isinstance(word, str) else NOT_SHOWN
            final = shown != NOT_SHOWN and not shown & ~mention.resource.terminal
            asked = as_number(_read_poll_after(body)) or 0
            wait = max(int(asked * SECOND), parse_retry_after(exchange.response))
            _remember(self._last_reads, key, _LastRead(exchange.answered_at, wait, str(word) if final else ""))

    def _check_repeated_command(self, placed: PlacedExchange, mention: JobMention) -> None:
        """C4: the same call again after a refusal that no waiting will change."""
        if not mention.binding.changes_job or mention.binding.creates:
            return
        key = (mention.resource.kind, mention.job_id, placed.operation)
        known = self._final_refusals.get(key)
        who = f"{mention.resource.kind} {mention.job_id}"
        if known is not None:
            self._add_finding("C4", placed, who, f"it was answered {known} already", 0)
        elif placed.status in _FINAL_STATUSES and self._has_ended(mention):
            _remember(self._final_refusals, key, placed.status)

    def _has_ended(self, mention: JobMention) -> bool:
        last = self._last_reads.get((mention.resource.kind, mention.job_id))
        return last is not None and bool(last.terminal)

    def _check_repeated_create(self, placed: PlacedExchange) -> None:
        """C5: a create sent again, byte for byte, after a lost answer or a 5xx, with no key against doubles."""
        request = placed.exchange.request
        if placed.operation not in self._create_operations or "idempotency-key" in request.headers or not request.body:
            return
        key = (key_fingerprint(request), placed.operation, blake2b(request.body, digest_size=16).digest())
        if self._unconfirmed_creates.pop(key, None) is not None:
            self._add_finding("C5", placed, "", "the first may have made a job already", 0)
        if placed.status == NO_ANSWER or placed.status >= 500:
            _remember(self._unconfirmed_creates, key, placed.exchange.sent_at)

    def _add_finding(self, rule_id: str, placed: PlacedExchange, resource: str, detail: str, wait: Duration) -> None:
        rule: ContractRule | None = self._rules.get(rule_id)
        if rule is None or len(self.findings) >= MAX_FINDINGS:
            return
        request = placed.exchange.request
        self.findings.append(
            Finding(
                rule.id,
                "info",
                f"{rule.statement} ({detail})",
                "request",
                rule.citation(),
                f"{request.method} {request.path}",
                placed.operation,
                f"wait {format_duration(wait)}" if wait else "",
                resource=resource,
                spot=placed.exchange.position,
            )
        )


_FINAL_STATUSES: Final = (400, 404, 409, 501)


def parse_retry_after(response: Response) -> Duration:
    """How long an answer's `Retry-After` asks to wait; 0 without one (or with a date)."""
    text = response.header("retry-after") or ""
    return int(text) * SECOND if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _remember(memory: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > MAX_REMEMBERED:
        memory.popitem(last=False)
