"""Judges a vendor's exchanges as they pass, by all of its eras at once: traffic cannot be read a second time.

At the end an era is selected as for a recording (see `selection`). Until then it is the one that fits best so far.
"""

from collections.abc import Sequence
from typing import Any

from mockserver.contract.documents.capture import captured_eras
from mockserver.contract.eras.evidence import EraEvidence, evidence_of
from mockserver.contract.eras.selection import EraSelection, ranked_eras
from mockserver.contract.findings import Finding
from mockserver.contract.judge.history import HistoryJudge
from mockserver.contract.judgement import Judgement
from mockserver.core.wire import Exchange


class PassingTraffic:
    """Judges by `era` alone if it is given; `options` are those of `HistoryJudge`."""

    def __init__(self, vendor: str, era: str | None = None, **options: Any) -> None:
        self.vendor = vendor
        self._pinned = era
        self._options = {"root": None, "alone": True, **options}
        self._evidence: EraEvidence | None = None
        eras: Sequence[str]
        if era is None:
            eras = captured_eras(vendor, self._options["root"])
            self._evidence = evidence_of(vendor, self._options["root"])
        else:
            eras = [era]
        self._judges = {each: HistoryJudge(vendor, each, **self._options) for each in eras}
        self.judge = self._judges[eras[-1]]
        """The judge of the present era."""
        self.change = ""
        """Why the era has changed last: `2026-08-05 fits better than 2026-10-02: cancelVideo 400`."""

    def announce(self, sent_seq: int) -> None:
        """Announce a request, as to `HistoryJudge`."""
        for judge in self._judges.values():
            judge.announce(sent_seq)

    def add(self, exchange: Exchange) -> list[Finding]:
        """Take one exchange; return the findings of the present era that are new: all, if the era has changed."""
        findings = {era: judge.add(exchange) for era, judge in self._judges.items()}
        former = self.judge.era
        if self._evidence is not None:
            self._evidence.observe(exchange)
            self.judge = min(map(self._judges.__getitem__, ranked_eras(self._evidence)), key=lambda each: each.penalty)
            if self.judge.era != former:
                complaints = self._evidence.describe_complaints(former) or "its rules over time"
                self.change = f"{self.judge.era} fits better than {former}: {complaints}"
                return self.judge.findings
        return findings[former]

    def finish(self) -> Judgement:
        """Settle the jobs in each era that may be selected; return the judgement of the selected one."""
        selection = EraSelection(self.vendor, self._pinned, self._evidence, self._options, self._judges.__getitem__)
        while not selection.finish_era():
            pass
        return selection.best_judgement()
