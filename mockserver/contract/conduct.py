"""How the client behaved, by the same exchanges: what a server's owner would ask of it, and a vendor's page does.

Told apart from findings, as information: a client that polls too often breaks no contract of the server's. Only what
is sure is told: of a wait, that the next request was sent before the time was over, counted from the answer.
"""

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.rules.book import Book, Rule
from mockserver.contract.rules.conditions import at, getter, number
from mockserver.contract.run import key_of
from mockserver.contract.sights import Sight
from mockserver.contract.states import NO_ANSWER, NOT_SHOWN
from mockserver.contract.watch import Placed
from mockserver.core.instants import SECOND, Duration, Instant, format_duration
from mockserver.core.wire import Response

REMEMBERED: Final = 2_000
"""Jobs, and pairs of key and operation, of which the last answer is remembered."""
BUSY: Final = (429, 503)
KEPT: Final = 1000
"""Findings that are kept."""
_ASKED_TO_WAIT: Final = getter("/poll_after_seconds")


class _Last(NamedTuple):
    """The last read of a job."""

    answered: Instant
    wait: Duration
    """How long it asked to wait."""
    terminal: str
    """The terminal status it showed, or nothing."""


class Conduct:
    """One client's conduct; C1 to C5 of the common rules."""

    def __init__(self, book: Book) -> None:
        self._rules = {rule.id: rule for rule in book.of("conduct")}
        self._makers = frozenset(
            name for resource in book.resources.values() for name, bound in resource.bindings.items() if bound.creates
        )
        self._reads: OrderedDict[Any, _Last] = OrderedDict()
        self._busy: OrderedDict[Any, tuple[Instant, Duration]] = OrderedDict()
        self._refused: OrderedDict[Any, int] = OrderedDict()
        self._creates: OrderedDict[Any, Instant] = OrderedDict()
        self.findings: list[Finding] = []

    def take(self, placed: Placed, sights: Sequence[Sight], body: Any) -> None:
        """One exchange, with the jobs it names."""
        if not self._rules:
            return
        self._backs_off(placed)
        for sight in sights:
            if sight.binding.each is None and not sight.binding.lines:
                self._read(placed, sight, body)
                self._acts(placed, sight)
        self._creates_once(placed)

    def _backs_off(self, placed: Placed) -> None:
        """C3: after a 429 or 503, the same call again before the time it asked for is over (without one: at once)."""
        if not self._busy and placed.status not in BUSY:
            return
        exchange = placed.exchange
        key = (key_of(exchange.request), placed.operation)
        last = self._busy.pop(key, None)
        if last is not None and last[0] <= exchange.sent < last[0] + last[1]:
            self._tell("C3", placed, "", f"sent again after {format_duration(exchange.sent - last[0])}", last[1])
        if placed.status in BUSY and exchange.response is not None and exchange.answered is not None:
            wait = retry_after(exchange.response) or SECOND
            _remember(self._busy, key, (exchange.answered, wait))

    def _read(self, placed: Placed, sight: Sight, body: Any) -> None:
        """C1 and C2: a read sooner than the last one asked for, and one after a final answer."""
        exchange, binding = placed.exchange, sight.binding
        if binding.acts or exchange.request.method != "GET" or not binding.shows:
            return
        key = (sight.resource.kind, sight.job_id)
        last = self._reads.get(key)
        if last is not None and exchange.sent >= last.answered:
            who = f"{sight.resource.kind} {sight.job_id}"
            if last.terminal:
                self._tell("C2", placed, who, f"it was {last.terminal} already", 0)
            elif exchange.sent < last.answered + last.wait:
                self._tell(
                    "C1", placed, who, f"read again after {format_duration(exchange.sent - last.answered)}", last.wait
                )
        if sight.body is not None and exchange.answered is not None and exchange.response is not None:
            word = at(sight.body, sight.resource.status)
            shown = binding.words.get(word, NOT_SHOWN) if isinstance(word, str) else NOT_SHOWN
            final = shown != NOT_SHOWN and not shown & ~sight.resource.terminal
            asked = number(_ASKED_TO_WAIT(body)) or 0
            wait = max(int(asked * SECOND), retry_after(exchange.response))
            _remember(self._reads, key, _Last(exchange.answered, wait, str(word) if final else ""))

    def _acts(self, placed: Placed, sight: Sight) -> None:
        """C4: the same call again after a refusal that no waiting will change."""
        if not sight.binding.acts or sight.binding.creates:
            return
        key = (sight.resource.kind, sight.job_id, placed.operation)
        known = self._refused.get(key)
        who = f"{sight.resource.kind} {sight.job_id}"
        if known is not None:
            self._tell("C4", placed, who, f"it was answered {known} already", 0)
        elif placed.status in _FINAL and self._ended(sight):
            _remember(self._refused, key, placed.status)

    def _ended(self, sight: Sight) -> bool:
        last = self._reads.get((sight.resource.kind, sight.job_id))
        return last is not None and bool(last.terminal)

    def _creates_once(self, placed: Placed) -> None:
        """C5: a create sent again, byte for byte, after a lost answer or a 5xx, with no key against doubles."""
        request = placed.exchange.request
        if placed.operation not in self._makers or "idempotency-key" in request.headers or not request.body:
            return
        key = (key_of(request), placed.operation, blake2b(request.body, digest_size=16).digest())
        if self._creates.pop(key, None) is not None:
            self._tell("C5", placed, "", "the first may have made a job already", 0)
        if placed.status == NO_ANSWER or placed.status >= 500:
            _remember(self._creates, key, placed.exchange.sent)

    def _tell(self, rule_id: str, placed: Placed, who: str, what: str, wait: Duration) -> None:
        rule: Rule | None = self._rules.get(rule_id)
        if rule is None or len(self.findings) >= KEPT:
            return
        request = placed.exchange.request
        self.findings.append(
            Finding(
                rule.id,
                "info",
                f"{rule.says} ({what})",
                "request",
                rule.quoted(),
                f"{request.method} {request.path}",
                placed.operation,
                f"wait {format_duration(wait)}" if wait else "",
                resource=who,
                spot=placed.exchange.spot,
            )
        )


_FINAL: Final = (400, 404, 409, 501)


def retry_after(response: Response) -> Duration:
    """How long an answer's `Retry-After` asks to wait; 0 without one (or with a date)."""
    text = response.header("retry-after") or ""
    return int(text) * SECOND if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _remember(memory: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > REMEMBERED:
        memory.popitem(last=False)
