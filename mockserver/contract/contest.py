"""Finds the era by which a vendor's exchanges are judged: the likeliest judge, one after the other.

Theory of operation. `evidence` leaves the likeliest eras. The exchanges are judged in full by the first of these: by
the one that declares most of the fields that were met, the newest of such. Should it find something, the next one
has its turn, unless its rules are the same as far as the calls go. Taken is the one with the fewest errors (a call
that an era does not know is one), then with the fewest warnings, then the first.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from mockserver.contract.capture import resolve
from mockserver.contract.evidence import Evidence
from mockserver.contract.history import History
from mockserver.contract.judgement import Judgement
from mockserver.contract.rules.book import likeness
from mockserver.core.counting import count
from mockserver.core.wire import Exchange


class _Judged(NamedTuple):
    """What came of judging by one era."""

    era: str
    judgement: Judgement
    misfit: tuple[int, int]


class Contest:
    """One vendor's eras, and the exchanges judged by one after the other of them.

    `evidence` None: `era` alone is asked (None: the only one there is). `options` are those of `History`.
    """

    def __init__(self, vendor: str, era: str | None, evidence: Evidence | None, options: Mapping[str, Any]) -> None:
        self._evidence, self._pinned = evidence, era is not None
        known = evidence.likeliest() if evidence is not None else (resolve(vendor, era, options["root"]),)
        ranked = sorted(sorted(known, reverse=True), key=self._extras)
        self._alike = _alike(vendor, ranked, evidence, options)
        """By the era that judges: those that would judge alike, itself included."""
        self._histories = (History(vendor, each, **options) for each in self._alike)
        self._history = next(self._histories)
        self._judged: list[_Judged] = []

    def add(self, exchange: Exchange) -> None:
        """Judge an exchange by the era at hand."""
        self._history.add(exchange)

    def decided(self) -> bool:
        """Whether the era is found, now that the one at hand has seen all; else the next one has its turn."""
        mine = _Judged(self._history.era, self._history.finish(), self._history.misfit)
        self._judged.append(mine)
        others = list(self._alike)[len(self._judged) :]
        if not others or (mine.misfit == (0, 0) and self._extras(others[0]) > self._extras(mine.era)):
            return True
        self._history = next(self._histories)
        return False

    def judgement(self) -> Judgement:
        """The judgement of the era that explains it all best."""
        best = min(self._judged, key=lambda each: each.misfit)
        if self._pinned:
            return best.judgement
        equal = [era for each in self._judged if each.misfit == best.misfit for era in self._alike[each.era]]
        others = sorted(era for era in equal if era != best.era and self._extras(era) == self._extras(best.era))
        return replace(best.judgement, chosen=_why(best, others, self._evidence))

    def _extras(self, era: str) -> int:
        """How many fields were met that others declare and it does not."""
        return 0 if self._evidence is None else self._evidence.extras(era)


def _alike(
    vendor: str, ranked: list[str], evidence: Evidence | None, options: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Eras by the first of those whose rules judge such calls alike."""
    operations = evidence.operations if evidence is not None and options["alone"] else None
    groups: dict[Any, list[str]] = {}
    for era in ranked:
        groups.setdefault(likeness(vendor, era, operations, options["root"]), []).append(era)
    return {same[0]: same for same in groups.values()}


def _why(best: _Judged, others: list[str], evidence: Evidence | None) -> str:
    """In a sentence, why an era was taken; `others` explain it as well."""
    if evidence is None:
        return "the only era there is"
    errors, warnings = best.misfit
    odd = "1 error or unknown call" if errors == 1 else f"{errors} errors or unknown calls"
    odd += f", {count(warnings, 'warning')}"
    said = f"{best.era} explains it best of {len(evidence.eras)} eras: {odd}"
    if others:
        best_of = f"of the {len(others) + 1} eras that explain it best of {len(evidence.eras)}"
        said = f"{best.era} is the newest {best_of}: {odd}"
        said += f"; as well: {', '.join(others)}"
    rest = [era for era in evidence.eras if era not in (best.era, *others)]
    told = evidence.against(rest[-1]) if rest else ""
    return f"{said}; against {rest[-1]}: {told}" if told else said
