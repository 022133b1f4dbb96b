"""Reads the rules of a vendor: `contracts/<vendor>/rules.yaml`, and those that hold for all, `contracts/rules.yaml`.

A file has two halves. `resources` says what kinds of job there are: the states, how one follows another by itself,
and for each operation of the captures where the job's id stands, what its answers show and what they do. `rules` says
what must hold, each rule of one of the `KINDS`. Whatever is unclear is refused with its place when the file is read.
"""

import re
from collections.abc import Container, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from mockserver.contract.capture import eras, resolve, vendors
from mockserver.contract.findings import Level
from mockserver.contract.reading import read_file
from mockserver.contract.rules.kinds import BODIES, FIELD_KINDS, KINDS
from mockserver.contract.rules.resources import Resource, clauses_of, read_resources
from mockserver.data import folder
from mockserver.errors import Location, MockError, Problem, nearest, refuse

FILE: Final = "rules.yaml"
LEVELS: Final[Mapping[str, Level]] = {"E": "error", "W": "warning", "I": "info"}

_TEXTS: Final = ("id", "level", "kind", "says", "source", "example")
_COMMON: Final = (*_TEXTS, "how", "on", "eras")
_ENTRY: Final = re.compile(r"\s*-\s+(?:\{\s*)?id:\s*([A-Z][0-9]{1,2}[a-z]?)\b")


@dataclass(frozen=True, eq=False, slots=True)
class Rule:
    """One rule, as its file has it."""

    id: str
    level: Level
    kind: str
    says: str
    """What must hold, in a sentence."""
    source: str
    """Who says so: the vendor's page or our inference, in our words."""
    example: str
    """Something short that breaks it."""
    how: str
    """How it is judged."""
    on: str
    """The kind of job it is about; empty for single exchanges and for the run."""
    eras: tuple[str, ...]
    """The eras it holds in; empty for all."""
    options: Mapping[str, Any]
    """What its kind needs to know."""
    place: str
    """`contracts/twelvelabs/rules.yaml:41`."""

    def quoted(self) -> str:
        """What a finding gives as its source."""
        return f"{self.place} ({self.source})"


@dataclass(frozen=True, eq=False)
class Book:
    """A vendor's rules in one era, those that hold for all vendors behind them."""

    vendor: str
    era: str
    hosts: tuple[str, ...]
    resources: Mapping[str, Resource]
    rules: tuple[Rule, ...]
    """In the order of the files: the first that explains what was seen is the one that is named."""

    def of(self, *kinds: str) -> tuple[Rule, ...]:
        """The rules of some kinds."""
        return tuple(rule for rule in self.rules if rule.kind in kinds)


def load_book(vendor: str, era: str | None = None, root: Path | None = None) -> Book:
    """The rules of a vendor's era (as `capture.resolve` finds it). A vendor without a rules file has the common ones.

    Raises `MockError` (`CON008`) for a file that is no rule book.
    """
    base = root or folder("contracts")
    return _load_book(vendor, resolve(vendor, era, base), base)


def likeness(vendor: str, era: str, operations: Container[str] | None, root: Path | None = None) -> Hashable:
    """Equal for eras whose rules judge the calls of these operations (None: of all) alike."""
    base = root or folder("contracts")
    rules = tuple(rule for rule in _load_book(vendor, era, base).rules if _is_about(rule, operations))
    document = _read(base / vendor / FILE, f"contracts/{vendor}/{FILE}", eras(vendor, base))[0]
    return rules, tuple(clauses_of(document.get("resources", {}), era, operations))


def _is_about(rule: Rule, operations: Container[str] | None) -> bool:
    names = rule.options.get("operations", ())
    return operations is None or not names or any(name in operations for name in names)


@lru_cache(maxsize=64)
def _load_book(vendor: str, era: str, base: Path) -> Book:
    document, own = _read(base / vendor / FILE, f"contracts/{vendor}/{FILE}", eras(vendor, base))
    common = _read(base / FILE, f"contracts/{FILE}", ())[1]
    resources = read_resources(document.get("resources", {}), era, str(base / vendor / FILE))
    rules = tuple(rule for rule in own if not rule.eras or era in rule.eras)
    unknown = [rule for rule in rules if rule.on and rule.on not in resources]
    if unknown:
        message = f"rule {unknown[0].id} is on {unknown[0].on!r}, and there is no such kind of job"
        raise refuse("CON008", message, "", Location(str(base / vendor / FILE)))
    return Book(vendor, era, tuple(document.get("hosts", ())), resources, (*rules, *common))


@lru_cache(maxsize=64)
def _read(path: Path, name: str, known: tuple[str, ...]) -> tuple[dict[str, Any], tuple[Rule, ...]]:
    """A file as it is, and its rules."""
    if not path.is_file():
        return {}, ()
    document = read_file(path)
    entries = document.get("rules", []) if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise refuse("CON008", "a rules file is a mapping, and its `rules` are a list", "", Location(str(path)))
    lines = _lines(path)
    rules: list[Rule] = []
    wrong: list[Problem] = []
    for index, entry in enumerate(entries):
        found = _rule(entry, name, lines, known)
        if isinstance(found, Rule):
            rules.append(found)
        else:
            where = Location(str(path), pointer=f"/rules/{index}")
            wrong += refuse("CON008", f"/rules/{index}: {found}", "", where).problems
    if wrong:
        raise MockError(*wrong)
    return document, tuple(rules)


def _lines(path: Path) -> dict[str, int]:
    """The line on which each rule begins."""
    text = path.read_text(encoding="utf-8").splitlines()
    found = ((match[1], number) for number, line in enumerate(text, 1) if (match := _ENTRY.match(line)))
    return dict(found)


def _rule(entry: Any, name: str, lines: Mapping[str, int], known: tuple[str, ...]) -> Rule | str:
    """The rule of an entry, or what is wrong with it."""
    wrong = _complaint(entry, known)
    if wrong:
        return wrong
    kind = KINDS[entry["kind"]]
    return Rule(
        entry["id"],
        LEVELS[entry["level"]],
        entry["kind"],
        entry["says"],
        entry["source"],
        entry["example"],
        entry.get("how", kind.how),
        entry.get("on", ""),
        tuple(entry.get("eras", ())),
        {key: value for key, value in entry.items() if key not in _COMMON},
        f"{name}:{lines.get(entry['id'], 1)}",
    )


def _complaint(entry: Any, known: tuple[str, ...]) -> str:
    if not isinstance(entry, dict):
        return "a rule is a mapping"
    missing = [key for key in _TEXTS if not isinstance(entry.get(key), str)]
    if missing:
        return f"{entry.get('id', 'a rule')}: these must be texts: {', '.join(missing)}"
    if entry["level"] not in LEVELS:
        return f"{entry['id']}: the level is E, W or I"
    if entry["kind"] not in KINDS:
        return f"{entry['id']}: there is no kind of rule {entry['kind']!r}{nearest(entry['kind'], KINDS)}"
    strange = [era for era in entry.get("eras", ()) if era not in known]
    if strange:
        return f"{entry['id']}: there is no era {strange[0]!r}{nearest(str(strange[0]), known)}"
    return _misfit(entry)


def _misfit(entry: Mapping[str, Any]) -> str:
    """What the rule's kind misses, or does not know, among the options."""
    kind, options = KINDS[entry["kind"]], [key for key in entry if key not in _COMMON]
    lacking = [key for key in kind.needs if key not in options]
    if lacking:
        return f"{entry['id']}: a rule of the kind {entry['kind']} needs {', '.join(lacking)}"
    bodies = (BODIES,) if entry["kind"] in FIELD_KINDS else ()
    unknown = [key for key in options if key not in kind.needs + kind.takes + bodies]
    if unknown:
        return f"{entry['id']}: a rule of the kind {entry['kind']} takes no {', '.join(unknown)}"
    try:
        kind.check(entry)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        return f"{entry['id']}: {error}"
    return ""


def every_rule(root: Path | None = None) -> Iterator[tuple[str, Rule]]:
    """Every rule of every era with its vendor (empty for the common ones), the common ones last."""
    base = root or folder("contracts")
    for vendor in vendors(base):
        rules = _read(base / vendor / FILE, f"contracts/{vendor}/{FILE}", eras(vendor, base))[1]
        yield from ((vendor, rule) for rule in rules)
    yield from (("", rule) for rule in _read(base / FILE, f"contracts/{FILE}", ())[1])
