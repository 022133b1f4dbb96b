"""The contract at work: a judge for each play, and one for everything that a server answers.

Both judge single answers by the capture and jobs by the rules over time. A play's judge sees the play from its first
call. A server's judge keeps a history for each session and vendor, and forgets the least recently used ones; a history
that begins in the middle of a job's life is never held against the server.
"""

import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

from mockserver.contract.findings import Finding
from mockserver.contract.judge.conduct import ConductJudge
from mockserver.contract.judge.history import HistoryJudge
from mockserver.contract.judgement import VendorFindings
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange, SourcePosition
from mockserver.engine.faults import FAULT_HEADER
from mockserver.installed.derived_contracts import derive_capture, derive_rule_set, has_contract
from mockserver.scenario.faults.table import FAULT_KINDS
from mockserver.vendors.api import Era

LOG: Final = logging.getLogger("mockserver.contract")
MAX_HISTORIES: Final = 200
"""Histories that a server keeps, one for each session and vendor."""


class PlayJudge:
    """Judges one play by the schemas and rules of an era.

    `alone`: nothing but the play's own calls and the vendor's own work changes its jobs.
    """

    def __init__(self, era: Era, *, alone: bool = True) -> None:
        if has_contract(era.vendor):
            self._history = HistoryJudge(era.vendor, era.date, alone=alone)
        else:
            capture, rule_set = derive_capture(era), derive_rule_set(era)
            self._history = HistoryJudge(era.vendor, era.date, capture=capture, rule_set=rule_set, alone=alone)

    def __call__(self, exchange: Exchange) -> Sequence[Finding]:
        """Add an exchange and return the errors and warnings that are certain by now, the worst first."""
        if has_applied_preference(exchange):
            return []
        self._history.announce(exchange.sent_seq)
        return actionable(self._history.add(as_evidence(exchange)))

    def announce(self, exchanges: Sequence[Exchange]) -> None:
        """Announce exchanges that overlap: all were sent before any was answered, and each will be judged."""
        for exchange in exchanges:
            if not has_applied_preference(exchange):
                self._history.announce(exchange.sent_seq)

    def check_ledger(self, job_id: str, ledger_counts: Mapping[str, int]) -> Sequence[Finding]:
        """Return the findings about a job's ledger entries, which no answer shows."""
        return ledger_violations(self._history.rule_set, job_id, ledger_counts)


class _ServedHistory:
    """What a server remembers of one session and vendor."""

    def __init__(self, pin: str) -> None:
        vendor, _, date = pin.partition("@")
        # Not alone: the admin API moves jobs, and several clients can share a key.
        self.answers = HistoryJudge(vendor, date, alone=False)
        self.conduct = ConductJudge(self.answers.contract)
        self.exchange_count = 0

    def add(self, exchange: Exchange) -> list[Finding]:
        """Take one exchange, whose place in the session's journal is its `sent_seq`; return the actionable findings."""
        placed = exchange._replace(position=SourcePosition(exchange.sent_seq))
        self.exchange_count += 1
        if has_applied_preference(placed):
            return []
        self.conduct.add(placed)
        return actionable(self.answers.add(as_evidence(placed)))


class ServerJudge:
    """Judges every answer of a server and logs the findings; implements `server.session_judge.SessionJudge`."""

    def __init__(self, max_histories: int = MAX_HISTORIES) -> None:
        self._max_histories = max_histories
        self._histories: OrderedDict[tuple[str, str], _ServedHistory] = OrderedDict()

    def __call__(self, epoch_name: str, pin: str, exchange: Exchange) -> tuple[str, ...]:
        """Return the ids of the rules that this answer has shown to be broken, the worst first."""
        if not has_contract(pin.partition("@")[0]):
            # What a server says of a vendor without a contract has nothing to be compared with.
            return ()
        key = (epoch_name, pin)
        if key not in self._histories:
            self._histories[key] = _ServedHistory(pin)
            if len(self._histories) > self._max_histories:
                self._histories.popitem(last=False)
        self._histories.move_to_end(key)
        findings = self._histories[key].add(exchange)
        for finding in findings:
            LOG.warning("%s", finding.text())
        return tuple(dict.fromkeys(each.rule for finding in findings for each in finding.members))

    def findings_of(self, epoch_name: str) -> list[VendorFindings]:
        """Return what was found in a session's history so far, by vendor; a finding's `spot.line` is a `sent_seq`."""
        return [
            VendorFindings(
                pin=pin,
                exchange_count=history.exchange_count,
                findings=actionable(history.answers.findings),
                conduct=history.conduct.findings,
            )
            for (name, pin), history in sorted(self._histories.items())
            if name == epoch_name
        ]


def ledger_violations(rule_set: RuleSet, job_id: str, ledger_counts: Mapping[str, int]) -> list[Finding]:
    """Return a finding for each rule of the kind `probe` that a job's ledger entries, counted by kind, break."""
    return [
        Finding(
            rule=rule.id,
            level=rule.level,
            message=f"{rule.statement} ({pluralize(ledger_counts[entry], f'{entry} entry')})",
            where="ledger",
            source=rule.citation(),
            allowed=f"at most {most}",
            value=str(ledger_counts[entry]),
            resource=job_id,
        )
        for rule in rule_set.of_kinds("probe")
        for entry, most in rule.options.get("most", {}).items()
        if ledger_counts.get(entry, 0) > most
    ]


def has_applied_preference(exchange: Exchange) -> bool:
    """Return True if the client has chosen the answer itself (`Prefer`): it is no evidence about the server."""
    return exchange.response is not None and exchange.response.header("Preference-Applied") is not None


def as_evidence(exchange: Exchange) -> Exchange:
    """Return the exchange as evidence: an answer altered by a fault (429, 5xx, stale, truncated) becomes unanswered.

    Those are the faults that a scenario need not list under `off_contract`.
    """
    response = exchange.response
    if response is None:
        return exchange
    names = (response.header(FAULT_HEADER) or "").split(", ")
    busy = "status" in names and (response.status == 429 or response.status >= 500)
    untrustworthy = any(name in FAULT_KINDS and not FAULT_KINDS[name].trustworthy for name in names)
    if busy or untrustworthy:
        return exchange._replace(response=None, answered_at=None)
    return exchange


def actionable(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that are held against a server: errors and warnings."""
    return [finding for finding in findings if finding.worst_level != "info"]
