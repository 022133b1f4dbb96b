"""The contract at work: a judge for each play, and one for everything that a server answers.

Both judge single answers by the capture and jobs by the rules over time. A play's judge knows one play from its first
call; a server's keeps a history of each session and vendor, and where there are too many it lets the one go that was
not asked for the longest time. What comes after begins in mid-life, which is never held against the server.
"""

import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

from mockserver.contract.findings import Finding
from mockserver.contract.judge.history import HistoryJudge
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange
from mockserver.engine.faults import FAULT_HEADER as FAULT
from mockserver.scenario.faults.table import FAULT_KINDS
from mockserver.vendors.api import Era

LOG: Final = logging.getLogger("mockserver.contract")
MAX_HISTORIES: Final = 200
"""Histories that a server keeps, one for each session and vendor."""


class PlayJudge:
    """Judges one play by the schemas and the rules of an era.

    `alone` says that the play's own calls are all that can move its jobs but the vendor's own work.
    """

    def __init__(self, era: Era, *, alone: bool = True) -> None:
        self._history = HistoryJudge(era.vendor, era.date, alone=alone)

    def __call__(self, exchange: Exchange) -> Sequence[Finding]:
        """What is certain now that this is answered: errors and warnings, the worst first."""
        if has_applied_preference(exchange):
            return []
        self._history.announce(exchange.sent_seq)
        return actionable(self._history.add(as_evidence(exchange)))

    def announce(self, exchanges: Sequence[Exchange]) -> None:
        """All of these were sent before any was answered; each will be judged."""
        for exchange in exchanges:
            if not has_applied_preference(exchange):
                self._history.announce(exchange.sent_seq)

    def check_ledger(self, job_id: str, ledger_counts: Mapping[str, int]) -> Sequence[Finding]:
        """What a job's bookings break, which no answer shows."""
        return ledger_violations(self._history.rule_set, job_id, ledger_counts)


class ServerJudge:
    """Judges everything that a server answers, and logs what it finds: an `engine.session.Checker`."""

    def __init__(self, max_histories: int = MAX_HISTORIES) -> None:
        self._max_histories = max_histories
        self._histories: OrderedDict[tuple[str, str], HistoryJudge] = OrderedDict()

    def __call__(self, epoch_name: str, pin: str, exchange: Exchange) -> tuple[str, ...]:
        """The rules that an answer has shown to be broken, the worst first; `world` names a session's epoch."""
        if has_applied_preference(exchange):
            return ()
        found = actionable(self._history_for(epoch_name, pin).add(as_evidence(exchange)))
        for finding in found:
            LOG.warning("%s", finding.text())
        return tuple(dict.fromkeys(finding.rule for finding in found))

    def _history_for(self, epoch_name: str, pin: str) -> HistoryJudge:
        key = (epoch_name, pin)
        if key in self._histories:
            self._histories.move_to_end(key)
        else:
            vendor, _, date = pin.partition("@")
            # A person can move jobs, and other clients have the same key: a state may come from nowhere.
            self._histories[key] = HistoryJudge(vendor, date, alone=False)
            if len(self._histories) > self._max_histories:
                self._histories.popitem(last=False)
        return self._histories[key]


def ledger_violations(rule_set: RuleSet, job_id: str, ledger_counts: Mapping[str, int]) -> list[Finding]:
    """The rules of the kind `probe` that a job's bookings, by their sort, break."""
    return [
        Finding(
            rule.id,
            rule.level,
            f"{rule.statement} ({pluralize(ledger_counts[entry], f'{entry} entry')})",
            "ledger",
            rule.citation(),
            allowed=f"at most {most}",
            value=str(ledger_counts[entry]),
            resource=job_id,
        )
        for rule in rule_set.of_kinds("probe")
        for entry, most in rule.options.get("most", {}).items()
        if ledger_counts.get(entry, 0) > most
    ]


def has_applied_preference(exchange: Exchange) -> bool:
    """Whether the client has asked for another answer than the job's own (`Prefer`): it says nothing of the server."""
    return exchange.response is not None and exchange.response.header("Preference-Applied") is not None


def as_evidence(exchange: Exchange) -> Exchange:
    """What an exchange tells of the service: an answer that a fault has made otherwise is as good as lost.

    Those are the faults that no scenario needs to own up to: 429 and 5xx, what is stale, what is cut on its way.
    """
    response = exchange.response
    named = response.header(FAULT) if response is not None else None
    if response is None or named is None:
        return exchange
    words = named.split(", ")
    busy = "status" in words and (response.status == 429 or response.status >= 500)
    untrue = any(word in FAULT_KINDS and not FAULT_KINDS[word].trustworthy for word in words)
    return exchange._replace(response=None, answered_at=None) if busy or untrue else exchange


def actionable(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that are held against a server: not those that merely inform."""
    return [finding for finding in findings if finding.level != "info"]
