"""Judges a vendor's exchanges as they pass, by all of its eras at once: traffic cannot be read a second time.

At the end an era is selected as for a recording (see `selection`). Until then it is the one that fits best so far.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.contract.documents.capture import captured_eras
from mockserver.contract.eras.evidence import evidence_of
from mockserver.contract.eras.selection import EraSelection, ranked_eras
from mockserver.contract.findings import Finding
from mockserver.contract.judge.history import HistoryJudge
from mockserver.contract.judgement import Judgement
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.core.wire import Exchange


class PassingTraffic:
    """Stands for the judge of the era that fits best; `rerun_in` returns the command that judges by an era again."""

    def __init__(self, vendor: str, options: Mapping[str, Any], rerun_in: Callable[[str], str]) -> None:
        self.vendor = vendor
        self._options = {"root": None, **options}
        root = self._options["root"]
        self._evidence = evidence_of(vendor, root)
        eras = captured_eras(vendor, root)
        self._judges = {era: HistoryJudge(vendor, era, rerun=rerun_in(era), **self._options) for era in eras}
        self.era = eras[-1]
        self.change = ""
        """Why the era has changed last: `2026-08-05 fits better than 2026-10-02: cancelVideo 400`."""

    @property
    def rule_set(self) -> RuleSet:
        """The rules of the present era."""
        return self._judges[self.era].rule_set

    def announce(self, sent_seq: int) -> None:
        """Announce a request, as to `HistoryJudge`."""
        for judge in self._judges.values():
            judge.announce(sent_seq)

    def add(self, exchange: Exchange) -> list[Finding]:
        """Take one exchange; return the findings of the present era that are new: all, if the era has changed."""
        findings = {era: judge.add(exchange) for era, judge in self._judges.items()}
        if self._evidence is None:
            return findings[self.era]
        self._evidence.observe(exchange)
        former, self.era = self.era, min(ranked_eras(self._evidence), key=lambda era: self._judges[era].penalty)
        if self.era == former:
            return findings[self.era]
        complaints = self._evidence.describe_complaints(former) or "its rules over time"
        self.change = f"{self.era} fits better than {former}: {complaints}"
        return self._judges[self.era].findings

    def finish(self) -> Judgement:
        """Settle the jobs in each era that may be selected; return the judgement of the selected one."""
        selection = EraSelection(self.vendor, None, self._evidence, self._options, self._judges.__getitem__)
        while not selection.finish_era():
            pass
        return selection.best_judgement()
