"""Selects the era by which a vendor's exchanges are judged: judges by the likeliest eras, one after the other.

Theory of operation. `evidence` leaves the likeliest eras. The exchanges are judged in full by the first of these: the
one that declares most of the fields that were seen, the newest of several. If it finds something, the exchanges are
judged by the next one, unless its rules are the same for the operations that were called. The era with the fewest
errors is selected (an unknown call counts as one), then with the fewest warnings, then the first. A penalty never
falls, so an era whose penalty exceeds the lowest one so far judges no further.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mockserver.contract.documents.capture import resolve_era
from mockserver.contract.eras.evidence import EraEvidence
from mockserver.contract.judge.history import HistoryJudge
from mockserver.contract.judgement import Judgement
from mockserver.contract.rules.rule_set import rules_equivalence_key
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange

Penalty = tuple[int, int]
"""Errors and unknown calls; warnings."""


def ranked_eras(evidence: EraEvidence) -> list[str]:
    """Return the likeliest eras: those that declare most of the fields that were seen first, then the newest."""
    return sorted(sorted(evidence.likeliest_eras(), reverse=True), key=evidence.hint_count)


class EraSelection:
    """Judges one vendor's exchanges by one era after the other.

    Feed all exchanges with `add`, call `finish_era`, and repeat until it returns True. Without `evidence`, `era` alone
    judges (None: the newest). `options` are those of `HistoryJudge`. `judge_of` returns judges that have had
    all exchanges.
    """

    def __init__(
        self,
        vendor: str,
        era: str | None,
        evidence: EraEvidence | None,
        options: Mapping[str, Any],
        judge_of: Callable[[str], HistoryJudge] | None = None,
    ) -> None:
        self._evidence = evidence
        self._is_pinned = era is not None
        ranked, operations = [resolve_era(vendor, era, options["root"])], None
        if evidence is not None:
            ranked, self._hint_count = ranked_eras(evidence), evidence.hint_count
            # Other clients may have called any operation: then the rules of all of them count.
            if options["alone"] is not False:
                operations = evidence.operations
        groups: dict[Any, list[str]] = {}
        for each in ranked:
            groups.setdefault(rules_equivalence_key(vendor, each, operations, options["root"]), []).append(each)
        self._equivalent_eras = {group[0]: group for group in groups.values()}
        """The eras whose rules judge the called operations alike, by the one of them that does judge."""
        new_judge = judge_of or (lambda each: HistoryJudge(vendor, each, **options))
        self._remaining_judges = map(new_judge, self._equivalent_eras)
        self._judge = next(self._remaining_judges)
        self._penalties: dict[str, Penalty] = {}
        """By era that has judged the exchanges."""
        self._lowest_penalty: Penalty = (sys.maxsize, 0)
        self._best: Judgement
        """The judgement by the first era with the lowest penalty."""

    @property
    def era(self) -> str:
        """The current era."""
        return self._judge.era

    def add(self, exchange: Exchange) -> None:
        """Judge an exchange by the current era, unless an earlier one is certainly better."""
        if self._judge.penalty <= self._lowest_penalty:
            self._judge.add(exchange)

    def finish_era(self) -> bool:
        """Finish the current era. Return True if no later era can do better; else switch to the next one."""
        judgement, penalty = self._judge.finish(), self._judge.penalty
        self._penalties[judgement.era] = penalty
        if penalty < self._lowest_penalty:
            self._lowest_penalty, self._best = penalty, judgement
        others = list(self._equivalent_eras)[len(self._penalties) :]
        if not others:
            return True
        # Later eras declare fewer of the fields or as many. One that declares as many may fit as well: it is judged.
        if penalty == (0, 0) and self._hint_count(others[0]) > self._hint_count(judgement.era):
            return True
        self._judge = next(self._remaining_judges)
        return False

    def best_judgement(self) -> Judgement:
        """Return the judgement of the selected era. Its `chosen` names the reason.

        That is the penalty, the eras that fit equally well, and the complaint that rules out the newest.
        """
        best = self._best
        if self._is_pinned:
            return best
        if self._evidence is None:
            return replace(best, chosen="the only era")
        undeclared = self._hint_count(best.era)
        equal: list[str] = []
        for judged, penalty in self._penalties.items():
            if penalty == self._lowest_penalty:
                eras = self._equivalent_eras[judged]
                equal += [era for era in eras if era != best.era and self._hint_count(era) == undeclared]
        errors, warnings = self._lowest_penalty
        clauses = [f"era detected: {pluralize(errors, 'error')}, {pluralize(warnings, 'warning')}"]
        if equal:
            clauses.append(f"{', '.join(sorted(equal))} {'fits' if len(equal) == 1 else 'fit'} equally well")
        rest = [era for era in self._evidence.eras if era not in (best.era, *equal)]
        if rest and self._evidence.describe_complaints(rest[-1]):
            clauses.append(f"{rest[-1]} does not fit: {self._evidence.describe_complaints(rest[-1])}")
        return replace(best, chosen="; ".join(clauses))
