"""The reply to a request: the response, and what the shell needs to send it, or to send it again."""

from typing import Final, NamedTuple

from mockserver.core.instants import Instant
from mockserver.core.transmission import NORMAL, Transmission
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.journal import JournalEntry
from mockserver.vendors.websocket import SocketScript

FINDINGS_HEADER: Final = "X-Mock-Findings"
MAX_FINDINGS: Final = 20
"""Rules that the header names; of more, only their number."""


class Reply(NamedTuple):
    """An answer that is committed and in the journal. A named tuple, because one is made for each request."""

    entry: JournalEntry
    """Its entry in the journal."""
    response: Response
    """The response that is sent: that of the entry, until the server adds its hints."""
    kind: str
    """The kind of job that the operation is about."""
    valid_until: Instant
    """Before this instant, and while the job's row is the same, the same request has the same answer; 0: never."""
    transmission: Transmission = NORMAL
    websocket: SocketScript | None = None
    """The script of the websocket that the connection becomes, where the status is 101."""

    @property
    def request_id(self) -> str:
        """The id of the request."""
        return self.entry.request_id

    @property
    def at(self) -> Instant:
        """The session's instant of the answer."""
        return self.entry.at

    @property
    def vendor(self) -> str:
        """The vendor that answered."""
        return self.entry.vendor

    @property
    def operation(self) -> str:
        """The name of the operation; empty: none matched."""
        return self.entry.operation

    @property
    def job_id(self) -> str:
        """The job that the request is about; empty: none."""
        return self.entry.job_id


def as_exchange(request: Request, response: Response, transmission: Transmission, now: Instant, seq: int) -> Exchange:
    """Return the exchange as a judge sees it: without an answer, if that is lost on its way."""
    if transmission.incomplete:
        return Exchange(request, None, now, None, sent_seq=seq, answered_seq=seq)
    return Exchange(request, response, now, now, sent_seq=seq, answered_seq=seq)


def findings_text(broken_rules: tuple[str, ...]) -> str:
    """Return the broken rules, at most 20 of them by name: `S01, S04, 3 more`."""
    names = list(broken_rules[:MAX_FINDINGS])
    more = len(broken_rules) - MAX_FINDINGS
    if more > 0:
        names.append(f"{more} more")
    return ", ".join(names)
