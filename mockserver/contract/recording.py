"""Judges a recording of which nobody has said whose it is: finds the vendor, and the era that explains it best.

    report = judge_recording(exchanges)
    for judgement in report.judgements:
        print(judgement.chosen)

Theory of operation. The exchanges are read once. Each goes to its vendor, by its host, else by its path; there, every
era in question judges it at once. An era that has fallen far behind the best one is let go on the way. In the end the
era with the fewest errors is taken, then with the fewest warnings, then the newest; a call that an era does not know
counts as an error of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from mockserver.contract.capture import eras, load, resolve, vendors
from mockserver.contract.findings import Finding
from mockserver.contract.history import NAMES, History, host_of
from mockserver.contract.judgement import Judgement
from mockserver.contract.rules.book import load_book
from mockserver.contract.sights import Routes, bare_path
from mockserver.core.wire import Exchange

FAR: Final = 200
"""Errors by which an era may be worse than the best one before it is let go."""
OFTEN: Final = 500
"""Exchanges after which that is looked at again."""


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
    root: Path | None = None,
) -> Report:
    """Judge exchanges from anywhere, read once, in nearly the order of their sending (`window` may be out of place).

    `vendor` None: by each exchange's host, else by its path. `era` None: every era judges, and the one with the fewest
    errors (then warnings, then the newest) is taken, and said in `Judgement.chosen`.
    The host is the request's `host` header (`:authority` for HTTP/2). The other options are those of `History`.
    """
    options = {
        "window": window,
        "schemas": schemas,
        "rules": rules,
        "alone": alone,
        "strict": strict,
        "rerun": rerun,
        "root": root,
    }
    finder, count = Finder(root), 0
    strangers: dict[str, int] = {}
    contests: dict[str, _Contest] = {}
    for exchange in exchanges:
        count += 1
        whose = vendor or finder.vendor(exchange)
        if not whose:
            name = host_of(exchange) or f"{exchange.request.method} {exchange.request.path}"[:200]
            name = name if name in strangers or len(strangers) < NAMES else "others"
            strangers[name] = strangers.get(name, 0) + 1
            continue
        if whose not in contests:
            contests[whose] = _Contest(whose, era, options)
        contests[whose].add(exchange)
    return Report(tuple(contests[name].finish() for name in sorted(contests)), count, strangers)


class Finder:
    """Tells whose an exchange is."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root

    @cached_property
    def _hosts(self) -> Mapping[str, str]:
        return {host: vendor for vendor in vendors(self._root) for host in load_book(vendor, None, self._root).hosts}

    @cached_property
    def _routes(self) -> list[tuple[str, Routes]]:
        root = self._root
        known = [(vendor, era) for vendor in vendors(root) for era in reversed(eras(vendor, root))]
        return [(vendor, Routes(load(vendor, era, root))) for vendor, era in known]

    def vendor(self, exchange: Exchange) -> str:
        """The vendor of an exchange: that of its host, else the first that has such a call; empty for none."""
        known = self._hosts.get(host_of(exchange))
        if known is not None:
            return known
        method, path = exchange.request.method.upper(), bare_path(exchange.request.path)
        return next((vendor for vendor, routes in self._routes if routes.find(method, path) is not None), "")


class _Contest:
    """The eras of a vendor, each judging the same exchanges."""

    def __init__(self, vendor: str, era: str | None, options: Mapping[str, Any]) -> None:
        self._known = (resolve(vendor, era, options["root"]),) if era is not None else eras(vendor, options["root"])
        self._pinned = era is not None
        self._histories = {each: History(vendor, each, **options) for each in self._known}
        self._seen = 0

    def add(self, exchange: Exchange) -> None:
        """Let every era that is left judge an exchange."""
        for history in self._histories.values():
            history.add(exchange)
        self._seen += 1
        if self._seen % OFTEN == 0 and len(self._histories) > 1:
            best = min(history.misfit[0] for history in self._histories.values())
            self._histories = {e: h for e, h in self._histories.items() if h.misfit[0] <= best + FAR}

    def finish(self) -> Judgement:
        """The judgement of the era that explains it all best."""
        judged = {era: history.finish() for era, history in self._histories.items()}
        misfits = {era: history.misfit for era, history in self._histories.items()}
        best = max(judged, key=lambda era: (-misfits[era][0], -misfits[era][1], era))
        if self._pinned:
            return judged[best]
        equal = [era for era in judged if misfits[era] == misfits[best]]
        return replace(judged[best], chosen=_why(best, misfits[best], equal, len(self._known)))


def _why(best: str, misfit: tuple[int, int], equal: list[str], known: int) -> str:
    """In a sentence, why an era was taken."""
    if known == 1:
        return "the only era there is"
    odd = f"{misfit[0]} errors or unknown calls, {misfit[1]} warnings"
    if len(equal) == 1:
        return f"{best} explains it best of {known} eras: {odd}"
    others = ", ".join(era for era in equal if era != best)
    return f"{best} is the newest of the {len(equal)} eras that explain it best of {known}: {odd}; as well: {others}"
