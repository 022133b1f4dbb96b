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
from mockserver.contract.history import History
from mockserver.contract.rules.book import Book
from mockserver.core.counting import count
from mockserver.core.wire import Exchange
from mockserver.engine.faulting import HEADER as FAULT
from mockserver.scenario.faults.table import WORDS
from mockserver.vendors.api import Era

LOG: Final = logging.getLogger("mockserver.contract")
HISTORIES: Final = 200
"""Histories that a server keeps, one for each session and vendor."""


class Judge:
    """Judges one play by the schemas and the rules of an era.

    `alone` says that the play's own calls are all that can move its jobs but the vendor's own work.
    """

    def __init__(self, era: Era, *, alone: bool = True) -> None:
        self._history = History(era.vendor, era.date, alone=alone)

    def __call__(self, exchange: Exchange) -> Sequence[Finding]:
        """What is certain now that this is answered: errors and warnings, the worst first."""
        if asked_for(exchange):
            return []
        self._history.opened(exchange.sent_seq)
        return heeded(self._history.add(telling(exchange)))

    def opened(self, exchanges: Sequence[Exchange]) -> None:
        """All of these were sent before any was answered; each will be judged."""
        for exchange in exchanges:
            if not asked_for(exchange):
                self._history.opened(exchange.sent_seq)

    def booked(self, job_id: str, bookings: Mapping[str, int]) -> Sequence[Finding]:
        """What a job's bookings break, which no answer shows."""
        return overbooked(self._history.book, job_id, bookings)


class Checker:
    """Judges everything that a server answers, and logs what it finds: an `engine.session.Checker`."""

    def __init__(self, most: int = HISTORIES) -> None:
        self._most = most
        self._histories: OrderedDict[tuple[str, str], History] = OrderedDict()

    def __call__(self, world: str, pin: str, exchange: Exchange) -> tuple[str, ...]:
        """The rules that an answer has shown to be broken, the worst first; `world` names a session's epoch."""
        if asked_for(exchange):
            return ()
        found = heeded(self._history(world, pin).add(telling(exchange)))
        for finding in found:
            LOG.warning("%s", finding.text())
        return tuple(dict.fromkeys(finding.rule for finding in found))

    def _history(self, world: str, pin: str) -> History:
        key = (world, pin)
        if key in self._histories:
            self._histories.move_to_end(key)
        else:
            vendor, _, date = pin.partition("@")
            # A person can move jobs, and other clients have the same key: a state may come from nowhere.
            self._histories[key] = History(vendor, date, alone=False)
            if len(self._histories) > self._most:
                self._histories.popitem(last=False)
        return self._histories[key]


def overbooked(book: Book, job_id: str, bookings: Mapping[str, int]) -> list[Finding]:
    """The rules of the kind `probe` that a job's bookings, by their sort, break."""
    return [
        Finding(
            rule.id,
            rule.level,
            f"{rule.says} ({count(bookings[entry], f'{entry} entry')})",
            "ledger",
            rule.quoted(),
            allowed=f"at most {most}",
            value=str(bookings[entry]),
            resource=job_id,
        )
        for rule in book.of("probe")
        for entry, most in rule.options.get("most", {}).items()
        if bookings.get(entry, 0) > most
    ]


def asked_for(exchange: Exchange) -> bool:
    """Whether the client has asked for another answer than the job's own (`Prefer`): it says nothing of the server."""
    return exchange.response is not None and exchange.response.header("Preference-Applied") is not None


def telling(exchange: Exchange) -> Exchange:
    """What an exchange tells of the service: an answer that a fault has made otherwise is as good as lost.

    Those are the faults that no scenario needs to own up to: 429 and 5xx, what is stale, what is cut on its way.
    """
    response = exchange.response
    named = response.header(FAULT) if response is not None else None
    if response is None or named is None:
        return exchange
    words = named.split(", ")
    busy = "status" in words and (response.status == 429 or response.status >= 500)
    untrue = any(word in WORDS and not WORDS[word].effect.true for word in words)
    return exchange._replace(response=None, answered=None) if busy or untrue else exchange


def heeded(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that are held against a server: not those that merely inform."""
    return [finding for finding in findings if finding.level != "info"]
