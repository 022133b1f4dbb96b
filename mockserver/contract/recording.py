"""Judges a recording of which nobody has said whose it is: finds the vendor, and the era that explains it best.

    report = judge_recording(exchanges)
    for judgement in report.judgements: ...

(Published shape; being filled in.)
"""

from collections.abc import Iterable
from typing import NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.history import History
from mockserver.contract.judgement import Judgement
from mockserver.core.wire import Exchange


class Report(NamedTuple):
    """A recording, judged."""

    judgements: tuple[Judgement, ...]
    """One for each vendor that the recording has calls of, by name."""
    exchanges: int
    strangers: dict[str, int]
    """Exchanges of no known vendor, by host (or `GET /path` where no host is known)."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of all judgements."""
        return tuple(finding for judgement in self.judgements for finding in judgement.findings)


def judge_recording(
    exchanges: Iterable[Exchange],
    vendor: str | None = None,
    era: str | None = None,
    *,
    window: int = 256,
    schemas: bool = True,
    rules: bool = True,
    alone: bool = True,
    strict: bool = False,
    rerun: str = "",
) -> Report:
    """Judge exchanges from anywhere, read once, in nearly the order of their sending (`window` may be out of place).

    `vendor` None: by each exchange's host, else by its path. `era` None: every era judges, and the one with the fewest
    errors (then warnings, then the newest) is taken, and said in `Judgement.chosen`.
    The host is the request's `host` header (`:authority` for HTTP/2).
    """
    history = History(vendor or "phaseo", era, schemas=schemas, rules=rules)
    count = 0
    for exchange in exchanges:
        history.add(exchange)
        count += 1
    return Report((history.finish(),), count, {})
