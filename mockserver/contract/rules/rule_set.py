"""The rules of a vendor: `contracts/<vendor>/rules.yaml`, and those for all vendors, `contracts/rules.yaml`.

A file has two halves. `resources` describes the kinds of job: the states, how one follows another on its own, and for
each operation of the captures the place of the job's id, what its answers show and what they do. `rules` lists what
must hold, each rule of one of the `RULE_KINDS`. A file is checked as a whole when it is read; every mistake is reported
with its place.
"""

import re
from collections.abc import Container, Hashable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from mockserver.contract.documents.capture import resolve_era
from mockserver.contract.documents.derived import DERIVED_FROM, derived_contract
from mockserver.contract.documents.places import (
    CAPTURES_FOLDER,
    captured_vendors,
    common_folder,
    contract_folder,
    eras_in,
)
from mockserver.contract.documents.strict_yaml import read_yaml_file
from mockserver.contract.findings import Level
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.derived_rule import terminal_rule
from mockserver.contract.rules.grammar import COMMON_FILE_KEYS, FILE_KEYS, check_keys
from mockserver.contract.rules.kinds import BODY_RULE_KINDS, OPERATIONS_OPTION, RULE_KINDS
from mockserver.contract.rules.resources import Resource, clause_names, parse_resources
from mockserver.core.instants import parse_instant
from mockserver.errors import Location, MockError, Problem, did_you_mean, refuse

RULES_FILE: Final = "rules.yaml"
LEVEL_BY_LETTER: Final[Mapping[str, Level]] = {"E": "error", "W": "warning", "I": "info"}

_TEXT_KEYS: Final = ("id", "level", "kind", "says", "source", "example")
_COMMON_KEYS: Final = (*_TEXT_KEYS, "how", "on", "eras")
_RULE_ENTRY: Final = re.compile(r"\s*-\s+(?:\{\s*)?id:\s*([A-Z][0-9]{1,2}[a-z]?)\b")


@dataclass(frozen=True, eq=False)
class RuleSet:
    """The rules of a vendor in one era, followed by those for all vendors."""

    vendor: str
    era: str
    hosts: tuple[str, ...]
    resources: Mapping[str, Resource]
    rules: tuple[ContractRule, ...]
    """In the order of the files: a finding names the first rule that explains it."""
    is_derived: bool = False
    """True if it derives from the vendor's own tables, which prove nothing about the fake that is made of them."""

    def of_kinds(self, *kinds: str) -> tuple[ContractRule, ...]:
        """Return the rules of some kinds."""
        return tuple(rule for rule in self.rules if rule.kind in kinds)

    def missing_jobs(self) -> str | None:
        """Return why no job is judged; None if the rules describe a kind of job."""
        if self.resources:
            return None
        return f"jobs of {self.vendor} are not judged: its contract has no {RULES_FILE} that describes `resources`"


def load_rule_set(vendor: str, era: str | None = None, root: Path | None = None) -> RuleSet:
    """Load the rules of a vendor's era (resolved as by `resolve_era`); only the common ones if it has no rules file.

    Raises MockError (`CON008`) for an invalid rules file.
    """
    return _load_rule_set(vendor, resolve_era(vendor, era, root), root)


def load_common_rules(root: Path | None = None) -> tuple[ContractRule, ...]:
    """Return the rules for all vendors. Raises `MockError` CON008 for an invalid rules file."""
    return _read_common_rules(common_folder(root))


def rules_equivalence_key(
    vendor: str, era: str, operations: Container[str] | None, root: Path | None = None
) -> Hashable:
    """Return a key that is equal for eras whose rules judge these operations (None: all) alike.

    Raises MockError (`CON008`) for an invalid rules file.
    """
    derived = derived_contract(vendor, root)
    if derived is not None:
        # Each era has tables of its own.
        return era
    rules = []
    for rule in _load_rule_set(vendor, era, root).rules:
        names = rule.options.get("operations")
        if operations is None or not names or any(name in operations for name in names):
            rules.append(rule)
    document, _ = _read_vendor_rules(vendor, contract_folder(vendor, root), common_folder(root))
    return tuple(rules), tuple(clause_names(document.get("resources", {}), era, operations))


def build_derived_rules(
    vendor: str, era: str, resources: Mapping[str, Any], common: tuple[ContractRule, ...]
) -> RuleSet:
    """Return the rules of a vendor without a rules file: a job that has ended stays so, and those for all vendors.

    Raises MockError (`CON008`) for resources that are wrong.
    """
    kinds = parse_resources(resources, era, DERIVED_FROM)
    return RuleSet(vendor, era, (), kinds, (*map(terminal_rule, kinds), *common), is_derived=True)


def _load_rule_set(vendor: str, era: str, root: Path | None) -> RuleSet:
    derived = derived_contract(vendor, root)
    if derived is not None:
        return build_derived_rules(vendor, era, derived.resources[era], _read_common_rules(common_folder(root)))
    return _build_rule_set(vendor, era, contract_folder(vendor, root), common_folder(root))


@lru_cache(maxsize=64)
def _build_rule_set(vendor: str, era: str, folder: Path, common: Path) -> RuleSet:
    document, vendor_rules = _read_vendor_rules(vendor, folder, common)
    file = str(folder / RULES_FILE)
    resources = parse_resources(document.get("resources", {}), era, file)
    rules = tuple(rule for rule in vendor_rules if not rule.eras or era in rule.eras)
    for rule in rules:
        if rule.resource_kind is not None and rule.resource_kind not in resources:
            hint = did_you_mean(rule.resource_kind, resources)
            message = f"rule {rule.id} is on {rule.resource_kind!r}, and there is no such kind of job{hint}"
            raise refuse("CON008", message, "", Location(file))
    return RuleSet(vendor, era, tuple(document.get("hosts", ())), resources, (*rules, *_read_common_rules(common)))


def _read_vendor_rules(vendor: str, folder: Path, common: Path) -> tuple[dict[str, Any], tuple[ContractRule, ...]]:
    eras = eras_in(folder)
    for era in eras:
        if parse_instant(f"{era}T00:00:00Z") is None:
            place = Location(str(folder / CAPTURES_FOLDER / f"{era}.yaml"))
            hint = "Name it after the day on which the behaviour began, like 2026-11-02.yaml."
            raise refuse("CON008", f"the name of a capture must be a date, not {era!r}", hint, place)
    return _read_rules_file(folder / RULES_FILE, vendor, eras, common)


def _read_common_rules(folder: Path) -> tuple[ContractRule, ...]:
    _, rules = _read_rules_file(folder / RULES_FILE, "", (), folder)
    return rules


@lru_cache(maxsize=64)
def _read_rules_file(
    path: Path, owner: str, eras: tuple[str, ...], common: Path
) -> tuple[dict[str, Any], tuple[ContractRule, ...]]:
    """Read the rules file of a vendor ("" for all): its document, and its rules; both empty without a file."""
    if not path.is_file():
        return {}, ()
    document = read_yaml_file(path)
    try:
        _check_document(document, owner)
    except (ValueError, TypeError) as error:
        raise refuse("CON008", str(error), "", Location(str(path))) from error
    entries = document.get("rules", [])
    text = path.read_text(encoding="utf-8").splitlines()
    line_by_id = {match[1]: number for number, line in enumerate(text, 1) if (match := _RULE_ENTRY.match(line))}
    name = f"contracts/{owner}/{RULES_FILE}" if owner else f"contracts/{RULES_FILE}"
    rules: list[ContractRule] = []
    problems: list[Problem] = []
    for index, entry in enumerate(entries):
        try:
            rule = _parse_rule(entry, name, line_by_id, eras)
            rules.append(replace(rule, is_documented=path.is_relative_to(common)))
        except (ValueError, TypeError) as error:
            where = Location(str(path), pointer=f"/rules/{index}")
            problems += refuse("CON008", f"/rules/{index}: {error}", "", where).problems
    if problems:
        raise MockError(*problems)
    return document, tuple(rules)


def _check_document(document: Any, owner: str) -> None:
    """Check the keys of a rules file, and its values but for kinds of job. Raises ValueError or TypeError."""
    check_keys(document, FILE_KEYS if owner else COMMON_FILE_KEYS, "a rules file")
    for key in ("rules", "hosts"):
        if not isinstance(document.get(key, []), list):
            raise TypeError(f"its `{key}` must be a list, not {document[key]!r}")
    vendor = document.get("vendor", owner)
    if vendor != owner:
        raise ValueError(f"its `vendor` is {vendor!r}, and its folder is {owner!r}: write {owner!r}, or omit it")


def _parse_rule(entry: Any, file: str, lines: Mapping[str, int], eras: tuple[str, ...]) -> ContractRule:
    """Parse an entry of `rules`. Raises ValueError or TypeError."""
    _check_entry(entry, eras)
    return ContractRule(
        id=entry["id"],
        level=LEVEL_BY_LETTER[entry["level"]],
        kind=entry["kind"],
        statement=entry["says"],
        source=entry["source"],
        example=entry["example"],
        method=entry.get("how", RULE_KINDS[entry["kind"]].method),
        resource_kind=entry.get("on"),
        eras=tuple(entry.get("eras", ())),
        options={key: value for key, value in entry.items() if key not in _COMMON_KEYS},
        location=f"{file}:{lines.get(entry['id'], 1)}",
    )


def _check_entry(entry: Any, eras: tuple[str, ...]) -> None:
    if not isinstance(entry, dict):
        raise TypeError("a rule must be a mapping")
    missing = [key for key in _TEXT_KEYS if not isinstance(entry.get(key), str)]
    if missing:
        raise ValueError(f"{entry.get('id', 'a rule')}: these keys must be texts: {', '.join(missing)}")
    rule_id, name = entry["id"], entry["kind"]
    if entry["level"] not in LEVEL_BY_LETTER:
        raise ValueError(f"{rule_id}: the level must be E, W or I")
    if name not in RULE_KINDS:
        raise ValueError(f"{rule_id}: there is no kind of rule {name!r}{did_you_mean(name, RULE_KINDS)}")
    for era in entry.get("eras", ()):
        if era not in eras:
            raise ValueError(f"{rule_id}: there is no era {era!r}{did_you_mean(str(era), eras)}")
    kind = RULE_KINDS[name]
    missing = [key for key in kind.required_options if key not in entry]
    if missing:
        raise ValueError(f"{rule_id}: a rule of the kind {name} needs {', '.join(missing)}")
    allowed = (*kind.required_options, *kind.optional_options)
    if name in BODY_RULE_KINDS:
        allowed = (*allowed, OPERATIONS_OPTION)
    unknown = [key for key in entry if key not in (*_COMMON_KEYS, *allowed)]
    if unknown:
        hint = did_you_mean(str(unknown[0]), allowed)
        raise ValueError(f"{rule_id}: a rule of the kind {name} has no option {', '.join(unknown)}{hint}")
    try:
        kind.check_options(entry)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ValueError(f"{rule_id}: {error}") from error


def all_rules() -> Iterator[tuple[str, ContractRule]]:
    """Yield every rule of every era with its vendor, the rules for all vendors last, with "".

    A vendor whose contract cannot be read is left out: it is an error where that contract is asked for.
    """
    for vendor in captured_vendors():
        with suppress(MockError):
            _, rules = _read_vendor_rules(vendor, contract_folder(vendor), common_folder(None))
            yield from ((vendor, rule) for rule in rules)
    yield from (("", rule) for rule in load_common_rules())
