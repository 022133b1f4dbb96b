"""Judges the client's behaviour by the same exchanges: the rules C1 to C6, which a vendor's page asks of its clients.

They are reported apart from findings, as information: a client that polls too often does not break the server's
contract. Only what is certain is reported; a wait counts from the answer's arrival to the next request's sending.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.judge.final_refusals import FINAL_READ_STATUSES, FinalRefusals
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judge.placed_exchange import PlacedExchange, key_fingerprint
from mockserver.contract.oracle.calls import SequencePoint
from mockserver.contract.oracle.state_machine import NO_ANSWER
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.core.client_wait import parse_retry_after, requested_wait
from mockserver.core.instants import MINUTE, SECOND, Duration, Instant, format_duration

MAX_REMEMBERED: Final = 2_000
"""Jobs, and pairs of key and operation, whose last answer is remembered."""
MAX_FINDINGS: Final = 1000
"""Findings that are kept."""
BUSY_STATUSES: Final = (429, 503)
_READ_METHODS: Final = ("GET", "HEAD")
_FIRST_BACKOFF: Final[Duration] = SECOND // 4
"""The wait after a busy status without `Retry-After`; it doubles with each further one in a row.

The vendors' own clients begin with half a second, less a part that is drawn.
"""
_MAX_BACKOFF: Final[Duration] = MINUTE


@dataclass(slots=True)
class _WaitRequest:
    """An answer after which the client has to wait."""

    answered: Instant
    wait: Duration
    """The wait until the next call that the answer asks for; 0 for none."""
    terminal_word: str | None = None
    """The terminal status that it showed; None for another one."""
    number: int = 0
    """The number of busy answers in a row that named no wait, this one included."""


class _Refusal(NamedTuple):
    """A refused read."""

    answered: Instant
    status: int


class _CommandRefusal(NamedTuple):
    """A refused command, and where its answer stands in the order of all sendings and answers."""

    end: SequencePoint
    status: int


class ClientJudge:
    """The rules of a rule set on one client's behaviour."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._rules = {rule.id: rule for rule in rule_set.of_kinds("conduct")}
        bindings = (binding for resource in rule_set.resources.values() for binding in resource.bindings.values())
        self._create_operations = {binding.operation for binding in bindings if binding.creates}
        self._last_reads: OrderedDict[Any, _WaitRequest] = OrderedDict()
        self._busy_answers: OrderedDict[Any, _WaitRequest] = OrderedDict()
        self._final_refusals = FinalRefusals()
        self._refused_commands: OrderedDict[Any, _CommandRefusal] = OrderedDict()
        self._refused_reads: OrderedDict[Any, _Refusal] = OrderedDict()
        self._unconfirmed_creates: OrderedDict[Any, Instant] = OrderedDict()
        self.findings: list[Finding] = []

    def observe(self, placed: PlacedExchange, mentions: Sequence[JobMention]) -> None:
        """Take one exchange with the jobs that it names; violations are added to `findings`."""
        if not self._rules:
            return
        method, status = placed.exchange.request.method, placed.status
        if self._busy_answers or status in BUSY_STATUSES:
            self._check_backoff(placed)
        for mention in mentions:
            if mention.binding.shows_many:
                continue
            self._check_poll(placed, mention)
            if method not in _READ_METHODS and not mention.binding.creates:
                self._check_repeated_command(placed, mention)
            if mention.binding.changes_job:
                self._allow_another_look(mention)
        if placed.operation in self._create_operations:
            self._check_repeated_create(placed)
        if method in _READ_METHODS and (self._refused_reads or status in FINAL_READ_STATUSES):
            self._check_refused_read(placed)

    def _check_backoff(self, placed: PlacedExchange) -> None:
        """Check C3: after a 429 or 503, the same call waits as long as `Retry-After` asks, or longer each time."""
        exchange = placed.exchange
        key = (key_fingerprint(exchange.request), placed.operation)
        busy = self._busy_answers.pop(key, None)
        number = 0
        # A call that was sent before the last answer arrived could not know of it.
        if busy is not None and busy.answered <= exchange.sent_at:
            number = busy.number
            if exchange.sent_at < busy.answered + busy.wait:
                waited = format_duration(exchange.sent_at - busy.answered)
                self._add_finding("C3", placed, f"sent again after {waited}", wait=busy.wait)
        if placed.status not in BUSY_STATUSES or exchange.response is None or exchange.answered_at is None:
            return
        wait = parse_retry_after(exchange)
        if wait is None:
            number += 1
            wait = min(_FIRST_BACKOFF * 2 ** (number - 1), _MAX_BACKOFF)
        _remember(self._busy_answers, key, _WaitRequest(exchange.answered_at, wait, number=number))

    def _check_poll(self, placed: PlacedExchange, mention: JobMention) -> None:
        """Check C1 (no read sooner than the last answer asks for) and C2 (no read after a terminal status)."""
        exchange, binding = placed.exchange, mention.binding
        if exchange.request.method != "GET" or binding.changes_job or not binding.shown_at:
            return
        key = (mention.resource.kind, mention.job_id)
        last = self._last_reads.get(key)
        # A read that was sent before the last answer arrived could not know of it.
        if last is not None and exchange.sent_at >= last.answered:
            if last.terminal_word is not None:
                self._add_finding("C2", placed, f"it was {last.terminal_word} already", mention)
            elif last.wait and (waited := exchange.sent_at - last.answered) < last.wait:
                self._add_finding("C1", placed, f"read again after {format_duration(waited)}", mention, last.wait)
        if mention.body is None or exchange.answered_at is None:
            return
        wait = requested_wait(exchange, placed.body)
        # None unless it is certainly terminal: `NOT_SHOWN` is every state.
        word = None if mention.shown_states & ~mention.resource.states.terminal else mention.status_word
        _remember(self._last_reads, key, _WaitRequest(exchange.answered_at, wait, word))

    def _allow_another_look(self, mention: JobMention) -> None:
        """After a command, a read shows what became of it, whatever the job was before: that is no poll."""
        key = (mention.resource.kind, mention.job_id)
        last = self._last_reads.get(key)
        if last is not None:
            last.terminal_word = None

    def _check_repeated_command(self, placed: PlacedExchange, mention: JobMention) -> None:
        """Check C4: no repetition of a command by the same key after a refusal that no waiting changes."""
        request = placed.exchange.request
        job_key = (mention.resource.kind, mention.job_id)
        sent = blake2b(request.body, digest_size=16).digest()
        key = (*job_key, placed.operation, key_fingerprint(request), sent)
        if 200 <= placed.status < 400:
            # It was not for good.
            self._refused_commands.pop(key, None)
            return
        refusal = self._refused_commands.get(key)
        if refusal is not None:
            # A call that was sent before the refusal arrived could not know of it.
            if placed.begin > refusal.end:
                self._add_finding("C4", placed, f"it was answered {refusal.status} already", mention)
            return
        if placed.end is None:
            return
        last = self._last_reads.get(job_key)
        has_ended = last is not None and last.terminal_word is not None
        if self._final_refusals.is_final(placed, mention, has_ended=has_ended):
            _remember(self._refused_commands, key, _CommandRefusal(placed.end, placed.status))

    def _check_repeated_create(self, placed: PlacedExchange) -> None:
        """Check C5: no identical create after a lost answer or a 5xx, unless an idempotency key prevents doubles."""
        request = placed.exchange.request
        if "idempotency-key" in request.headers or not request.body:
            return
        key = (key_fingerprint(request), placed.operation, blake2b(request.body, digest_size=16).digest())
        if self._unconfirmed_creates.pop(key, None) is not None:
            self._add_finding("C5", placed, "the first call may have created a job")
        if placed.status == NO_ANSWER or placed.status >= 500:
            _remember(self._unconfirmed_creates, key, placed.exchange.sent_at)

    def _check_refused_read(self, placed: PlacedExchange) -> None:
        """Check C6: a read that was refused for good is not repeated by the same key, only to be refused again."""
        request = placed.exchange.request
        key = (key_fingerprint(request), request.path, request.query)
        earlier = self._refused_reads.get(key)
        if placed.status not in FINAL_READ_STATUSES:
            # It was not for good.
            self._refused_reads.pop(key, None)
            return
        if earlier is not None and placed.exchange.sent_at >= earlier.answered:
            self._add_finding("C6", placed, f"it was answered {earlier.status} already")
        if placed.exchange.answered_at is not None:
            _remember(self._refused_reads, key, _Refusal(placed.exchange.answered_at, placed.status))

    def _add_finding(
        self, rule_id: str, placed: PlacedExchange, detail: str, mention: JobMention | None = None, wait: Duration = 0
    ) -> None:
        rule = self._rules.get(rule_id)
        if rule is None or len(self.findings) >= MAX_FINDINGS:
            return
        request = placed.exchange.request
        allowed = resource = None
        if wait:
            allowed = f"wait {format_duration(wait)}"
        if mention is not None:
            resource = f"{mention.resource.kind} {mention.job_id}"
        self.findings.append(
            Finding(
                rule=rule.id,
                level="info",
                message=f"{rule.statement} ({detail})",
                where="request",
                source=rule.citation(),
                call=f"{request.method} {request.path}",
                operation=placed.operation,
                allowed=allowed,
                resource=resource,
                spot=placed.exchange.position,
            )
        )


def _remember(memory: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > MAX_REMEMBERED:
        memory.popitem(last=False)
