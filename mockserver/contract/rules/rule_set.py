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

from mockserver.contract.documents.capture import captured_eras, captured_vendors, resolve_era
from mockserver.contract.documents.strict_yaml import read_yaml_file
from mockserver.contract.findings import Level
from mockserver.contract.rules.kinds import BODY_RULE_KINDS, OPERATIONS_OPTION, RULE_KINDS
from mockserver.contract.rules.resources import Resource, clause_names, parse_resources
from mockserver.data import data_folder
from mockserver.errors import Location, MockError, Problem, did_you_mean, refuse

RULES_FILE: Final = "rules.yaml"
LEVEL_BY_LETTER: Final[Mapping[str, Level]] = {"E": "error", "W": "warning", "I": "info"}

_TEXT_KEYS: Final = ("id", "level", "kind", "says", "source", "example")
_COMMON_KEYS: Final = (*_TEXT_KEYS, "how", "on", "eras")
_RULE_ENTRY: Final = re.compile(r"\s*-\s+(?:\{\s*)?id:\s*([A-Z][0-9]{1,2}[a-z]?)\b")


@dataclass(frozen=True, eq=False, slots=True)
class ContractRule:
    """One rule, as its file has it."""

    id: str
    level: Level
    kind: str
    statement: str
    """What must hold, in a sentence."""
    source: str
    """Who says so: the vendor's page or our inference, in our words."""
    example: str
    """Something short that breaks it."""
    method: str
    """How it is judged."""
    resource_kind: str
    """The kind of job it is about; empty for single exchanges and for the run."""
    eras: tuple[str, ...]
    """The eras it holds in; empty for all."""
    options: Mapping[str, Any]
    """What its kind needs to know."""
    location: str
    """`contracts/twelvelabs/rules.yaml:41`."""

    def citation(self) -> str:
        """What a finding gives as its source."""
        return f"{self.location} ({self.source})"


@dataclass(frozen=True, eq=False)
class RuleSet:
    """A vendor's rules in one era, those that hold for all vendors behind them."""

    vendor: str
    era: str
    hosts: tuple[str, ...]
    resources: Mapping[str, Resource]
    rules: tuple[ContractRule, ...]
    """In the order of the files: the first that explains what was seen is the one that is named."""

    def of_kinds(self, *kinds: str) -> tuple[ContractRule, ...]:
        """The rules of some kinds."""
        return tuple(rule for rule in self.rules if rule.kind in kinds)


def load_rule_set(vendor: str, era: str | None = None, root: Path | None = None) -> RuleSet:
    """The rules of a vendor's era (as `capture.resolve` finds it). A vendor without a rules file has the common ones.

    Raises `MockError` (`CON008`) for a file that is no rule book.
    """
    base = root or data_folder("contracts")
    return _load_rule_set(vendor, resolve_era(vendor, era, base), base)


def rules_equivalence_key(
    vendor: str, era: str, operations: Container[str] | None, root: Path | None = None
) -> Hashable:
    """Equal for eras whose rules judge the calls of these operations (None: of all) alike."""
    base = root or data_folder("contracts")
    rules = tuple(rule for rule in _load_rule_set(vendor, era, base).rules if _concerns(rule, operations))
    document = _read_rules_file(
        base / vendor / RULES_FILE, f"contracts/{vendor}/{RULES_FILE}", captured_eras(vendor, base)
    )[0]
    return rules, tuple(clause_names(document.get("resources", {}), era, operations))


def _concerns(rule: ContractRule, operations: Container[str] | None) -> bool:
    names = rule.options.get("operations", ())
    return operations is None or not names or any(name in operations for name in names)


@lru_cache(maxsize=64)
def _load_rule_set(vendor: str, era: str, base: Path) -> RuleSet:
    document, own = _read_rules_file(
        base / vendor / RULES_FILE, f"contracts/{vendor}/{RULES_FILE}", captured_eras(vendor, base)
    )
    common = _read_rules_file(base / RULES_FILE, f"contracts/{RULES_FILE}", ())[1]
    resources = parse_resources(document.get("resources", {}), era, str(base / vendor / RULES_FILE))
    rules = tuple(rule for rule in own if not rule.eras or era in rule.eras)
    unknown = [rule for rule in rules if rule.resource_kind and rule.resource_kind not in resources]
    if unknown:
        message = f"rule {unknown[0].id} is on {unknown[0].resource_kind!r}, and there is no such kind of job"
        raise refuse("CON008", message, "", Location(str(base / vendor / RULES_FILE)))
    return RuleSet(vendor, era, tuple(document.get("hosts", ())), resources, (*rules, *common))


@lru_cache(maxsize=64)
def _read_rules_file(path: Path, name: str, known: tuple[str, ...]) -> tuple[dict[str, Any], tuple[ContractRule, ...]]:
    """A file as it is, and its rules."""
    if not path.is_file():
        return {}, ()
    document = read_yaml_file(path)
    entries = document.get("rules", []) if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise refuse("CON008", "a rules file is a mapping, and its `rules` are a list", "", Location(str(path)))
    lines = _rule_lines(path)
    rules: list[ContractRule] = []
    wrong: list[Problem] = []
    for index, entry in enumerate(entries):
        found = _parse_rule(entry, name, lines, known)
        if isinstance(found, ContractRule):
            rules.append(found)
        else:
            where = Location(str(path), pointer=f"/rules/{index}")
            wrong += refuse("CON008", f"/rules/{index}: {found}", "", where).problems
    if wrong:
        raise MockError(*wrong)
    return document, tuple(rules)


def _rule_lines(path: Path) -> dict[str, int]:
    """The line on which each rule begins."""
    text = path.read_text(encoding="utf-8").splitlines()
    found = ((match[1], number) for number, line in enumerate(text, 1) if (match := _RULE_ENTRY.match(line)))
    return dict(found)


def _parse_rule(entry: Any, name: str, lines: Mapping[str, int], known: tuple[str, ...]) -> ContractRule | str:
    """The rule of an entry, or what is wrong with it."""
    wrong = _rule_problem(entry, known)
    if wrong:
        return wrong
    kind = RULE_KINDS[entry["kind"]]
    return ContractRule(
        entry["id"],
        LEVEL_BY_LETTER[entry["level"]],
        entry["kind"],
        entry["says"],
        entry["source"],
        entry["example"],
        entry.get("how", kind.method),
        entry.get("on", ""),
        tuple(entry.get("eras", ())),
        {key: value for key, value in entry.items() if key not in _COMMON_KEYS},
        f"{name}:{lines.get(entry['id'], 1)}",
    )


def _rule_problem(entry: Any, known: tuple[str, ...]) -> str:
    if not isinstance(entry, dict):
        return "a rule is a mapping"
    missing = [key for key in _TEXT_KEYS if not isinstance(entry.get(key), str)]
    if missing:
        return f"{entry.get('id', 'a rule')}: these must be texts: {', '.join(missing)}"
    if entry["level"] not in LEVEL_BY_LETTER:
        return f"{entry['id']}: the level is E, W or I"
    if entry["kind"] not in RULE_KINDS:
        return f"{entry['id']}: there is no kind of rule {entry['kind']!r}{did_you_mean(entry['kind'], RULE_KINDS)}"
    strange = [era for era in entry.get("eras", ()) if era not in known]
    if strange:
        return f"{entry['id']}: there is no era {strange[0]!r}{did_you_mean(str(strange[0]), known)}"
    return _options_problem(entry)


def _options_problem(entry: Mapping[str, Any]) -> str:
    """What the rule's kind misses, or does not know, among the options."""
    kind, options = RULE_KINDS[entry["kind"]], [key for key in entry if key not in _COMMON_KEYS]
    lacking = [key for key in kind.required_options if key not in options]
    if lacking:
        return f"{entry['id']}: a rule of the kind {entry['kind']} needs {', '.join(lacking)}"
    bodies = (OPERATIONS_OPTION,) if entry["kind"] in BODY_RULE_KINDS else ()
    unknown = [key for key in options if key not in kind.required_options + kind.optional_options + bodies]
    if unknown:
        return f"{entry['id']}: a rule of the kind {entry['kind']} takes no {', '.join(unknown)}"
    try:
        kind.check_options(entry)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        return f"{entry['id']}: {error}"
    return ""


def all_rules(root: Path | None = None) -> Iterator[tuple[str, ContractRule]]:
    """Every rule of every era with its vendor (empty for the common ones), the common ones last."""
    base = root or data_folder("contracts")
    for vendor in captured_vendors(base):
        rules = _read_rules_file(
            base / vendor / RULES_FILE, f"contracts/{vendor}/{RULES_FILE}", captured_eras(vendor, base)
        )[1]
        yield from ((vendor, rule) for rule in rules)
    yield from (("", rule) for rule in _read_rules_file(base / RULES_FILE, f"contracts/{RULES_FILE}", ())[1])
