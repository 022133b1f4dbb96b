"""Finds the era by which a vendor's exchanges are judged: the likeliest judge, one after the other.

Theory of operation. `evidence` leaves the likeliest eras. The exchanges are judged in full by the first of these: by
the one that declares most of the fields that were met, the newest of such. Should it find something, the next one
has its turn, unless its rules are the same as far as the calls go. Taken is the one with the fewest errors (a call
that an era does not know is one), then with the fewest warnings, then the first.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from mockserver.contract.documents.capture import resolve_era
from mockserver.contract.eras.evidence import EraEvidence
from mockserver.contract.judge.history import HistoryJudge
from mockserver.contract.judgement import Judgement
from mockserver.contract.rules.rule_set import rules_equivalence_key
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange


class _EraResult(NamedTuple):
    """What came of judging by one era."""

    era: str
    judgement: Judgement
    penalty: tuple[int, int]


class EraSelection:
    """One vendor's eras, and the exchanges judged by one after the other of them.

    `evidence` None: `era` alone is asked (None: the only one there is). `options` are those of `History`.
    """

    def __init__(self, vendor: str, era: str | None, evidence: EraEvidence | None, options: Mapping[str, Any]) -> None:
        self._evidence, self._is_pinned = evidence, era is not None
        known = evidence.likeliest_eras() if evidence is not None else (resolve_era(vendor, era, options["root"]),)
        ranked = sorted(sorted(known, reverse=True), key=self._undeclared_field_count)
        self._equivalent_eras = _group_equivalent_eras(vendor, ranked, evidence, options)
        """By the era that judges: those that would judge alike, itself included."""
        self._remaining_judges = (HistoryJudge(vendor, each, **options) for each in self._equivalent_eras)
        self._judge = next(self._remaining_judges)
        self._results: list[_EraResult] = []

    def add(self, exchange: Exchange) -> None:
        """Judge an exchange by the era at hand."""
        self._judge.add(exchange)

    def finish_era(self) -> bool:
        """Whether the era is found, now that the one at hand has seen all; else the next one has its turn."""
        mine = _EraResult(self._judge.era, self._judge.finish(), self._judge.penalty)
        self._results.append(mine)
        others = list(self._equivalent_eras)[len(self._results) :]
        if not others or (
            mine.penalty == (0, 0) and self._undeclared_field_count(others[0]) > self._undeclared_field_count(mine.era)
        ):
            return True
        self._judge = next(self._remaining_judges)
        return False

    def best_judgement(self) -> Judgement:
        """The judgement of the era that explains it all best."""
        best = min(self._results, key=lambda each: each.penalty)
        if self._is_pinned:
            return best.judgement
        equal = [
            era for each in self._results if each.penalty == best.penalty for era in self._equivalent_eras[each.era]
        ]
        others = sorted(
            era
            for era in equal
            if era != best.era and self._undeclared_field_count(era) == self._undeclared_field_count(best.era)
        )
        return replace(best.judgement, chosen=_explain_choice(best, others, self._evidence))

    def _undeclared_field_count(self, era: str) -> int:
        """How many fields were met that others declare and it does not."""
        return 0 if self._evidence is None else self._evidence.undeclared_field_count(era)


def _group_equivalent_eras(
    vendor: str, ranked: list[str], evidence: EraEvidence | None, options: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Eras by the first of those whose rules judge such calls alike."""
    operations = evidence.operations if evidence is not None and options["alone"] else None
    groups: dict[Any, list[str]] = {}
    for era in ranked:
        groups.setdefault(rules_equivalence_key(vendor, era, operations, options["root"]), []).append(era)
    return {same[0]: same for same in groups.values()}


def _explain_choice(best: _EraResult, others: list[str], evidence: EraEvidence | None) -> str:
    """In a sentence, why an era was taken; `others` explain it as well."""
    if evidence is None:
        return "the only era there is"
    errors, warnings = best.penalty
    odd = "1 error or unknown call" if errors == 1 else f"{errors} errors or unknown calls"
    odd += f", {pluralize(warnings, 'warning')}"
    said = f"{best.era} explains it best of {len(evidence.eras)} eras: {odd}"
    if others:
        best_of = f"of the {len(others) + 1} eras that explain it best of {len(evidence.eras)}"
        said = f"{best.era} is the newest {best_of}: {odd}"
        said += f"; as well: {', '.join(others)}"
    rest = [era for era in evidence.eras if era not in (best.era, *others)]
    told = evidence.describe_complaints(rest[-1]) if rest else ""
    return f"{said}; against {rest[-1]}: {told}" if told else said
