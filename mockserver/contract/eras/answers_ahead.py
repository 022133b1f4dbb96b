"""What is found in single answers before the judge of a recording comes to them.

What the schemas say of an answer, and of which eras it is evidence, depends on the answer alone. So another process may
find it, in any order; the judge takes what was found, and finds the rest itself.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from mockserver.contract.documents.capture import load_capture
from mockserver.contract.eras.evidence import AnswerEvidence, evidence_of
from mockserver.contract.eras.vendor_finder import VendorFinder
from mockserver.contract.findings import Finding
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.contract.judge.vendor_paths import with_vendor_path
from mockserver.core.wire import Exchange

Eras = Mapping[str, str]
"""Eras by vendor."""


class AnswersAhead:
    """Nothing is found ahead; the base of what finds something."""

    def begin(self, eras: Eras | None) -> None:
        """Announce a pass that collects evidence (None), or one that judges by these eras; none are given if pinned."""

    def follow(self, exchange: Exchange) -> None:
        """Take note of the next exchange of the pass."""

    def take(self, exchange: Exchange) -> Any:
        """Return the evidence or the findings of an answer; None if it was not examined."""


NOTHING_AHEAD: Final = AnswersAhead()


class AnswerExaminer:
    """Examines answers as `judge_recording` does with this vendor and era, where an exchange names its vendor."""

    def __init__(self, vendor: str | None, era: str | None, *, strict: bool) -> None:
        self._vendor, self._strict = vendor, strict
        self._pinned = {vendor: era} if vendor and era else {}
        self._finder = VendorFinder()
        self._evidence_of = cache(evidence_of)

    def examination(self, eras: Eras | None) -> Callable[[Exchange], Any]:
        """Return what finds the evidence or the findings of an answer in a pass; None where the vendor is unknown."""
        if eras is None:
            return self._find_evidence
        captures = {vendor: load_capture(vendor, era) for vendor, era in (eras or self._pinned).items()}
        only = next(iter(captures)) if len(captures) == 1 else None

        def find(exchange: Exchange) -> list[Finding] | None:
            capture = captures.get(only or self._finder.owner_of(exchange) or "")
            if capture is None:
                return None
            return judge_exchange(capture, with_vendor_path(exchange), strict=self._strict)

        return find

    def _find_evidence(self, exchange: Exchange) -> AnswerEvidence | None:
        vendor = self._vendor or self._finder.owner_of(exchange)
        if vendor is None or (evidence := self._evidence_of(vendor)) is None:
            return None
        return evidence.examine(exchange)
