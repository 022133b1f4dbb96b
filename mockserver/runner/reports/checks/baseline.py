"""Baselines: findings that are accepted for now, each with a reason and a last day.

    baseline: 1
    accepted:
    - rule: T13
      vendor: twelvelabs              # optional, as the next three: any vendor
      resource: batch *               # `*` matches anything
      operation: cancelBatch
      where: /canceled_at
      reason: known to the vendor, ticket 4711
      expires: 2026-12-31

An entry holds up to and with its last day; then its findings count again. A malformed file accepts nothing: every
mistake in it is reported with its place.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from mockserver.contract.explain import scoped_rule_ids
from mockserver.contract.findings import Finding, mask_indexes
from mockserver.core.instants import parse_instant
from mockserver.errors import MockError, did_you_mean
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, describe_node, truncate_value
from mockserver.scenario.reader import read_yaml

BASELINE_VERSION: Final = 1
HEADER_COMMENT: Final = "# Findings that are accepted for now. `*` matches anything; entries end with their last day.\n"
REQUIRED_KEYS: Final = ("rule", "reason", "expires")
PATTERN_KEYS: Final = ("vendor", "resource", "operation", "where")
_UPDATE_HINT: Final = "`check FILE --baseline FILE --update-baseline REASON --expires DATE` writes a baseline."
_TOP_LEVEL_KEYS: Final = ("baseline", "accepted")


class BaselineEntry(NamedTuple):
    """One entry; the patterns may contain `*`."""

    rule: str
    """Its id, `R3`, or with its vendor, `reap:R3`."""
    reason: str
    expires: str
    """Its last day, `2026-12-31`."""
    vendor: str = "*"
    resource: str = "*"
    operation: str = "*"
    where: str = "*"
    line: int = 0
    """Its line in the file; 0 for an entry that is not in a file yet."""

    def matches(self, vendor: str, finding: Finding) -> bool:
        """Return True if the entry is about a finding, whatever its last day."""
        return (
            self.rule in (finding.rule, f"{vendor}:{finding.rule}")
            and glob_matches(self.vendor, vendor)
            and glob_matches(self.resource, finding.resource or "")
            and glob_matches(self.operation, finding.operation or "")
            and any(glob_matches(self.where, place) for place in _places(finding))
        )

    def description(self) -> str:
        """Return the entry in a line: rule, patterns, last day and reason."""
        patterns = (f"{name} {getattr(self, name)}" for name in PATTERN_KEYS if getattr(self, name) != "*")
        return ", ".join((self.rule, *patterns, f"until {self.expires}: {self.reason}"))


def _places(finding: Finding) -> Iterator[str]:
    """Yield the place of a finding, with and without list indexes; for a missing field also the object around it."""
    yield finding.where
    yield mask_indexes(finding.where)
    if finding.is_absence and finding.pointer:
        around = finding.where.rpartition("/")[0]
        yield around or "body"
        yield mask_indexes(around or "body")


Entries = tuple[BaselineEntry, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of a file, and the day they are applied on."""

    file: str = ""
    entries: Entries = ()
    today: str = ""

    def find(self, vendor: str, finding: Finding) -> BaselineEntry | None:
        """Return the first entry about a finding, a current one before expired ones."""
        matching = [entry for entry in self.entries if entry.matches(vendor, finding)]
        return next(filter(self.is_current, matching), next(iter(matching), None))

    def is_current(self, entry: BaselineEntry) -> bool:
        """Return True up to and with an entry's last day."""
        # Dates in this form sort as text.
        return self.today <= entry.expires


NO_BASELINE: Final = Baseline()


def glob_matches(pattern: str, text: str) -> bool:
    """Return True if a text matches a pattern in which `*` stands for anything; linear in the text for each part."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    *middle, last = rest
    if not text.startswith(first):
        return False
    # Greedy from the left: the earliest match of a part leaves the most text for the others.
    position = len(first)
    for part in middle:
        start = text.find(part, position)
        if start < 0:
            return False
        position = start + len(part)
    return len(text) - len(last) >= position and text.endswith(last)


def is_date(text: str) -> bool:
    """Return True for a date of the calendar, `2026-12-31`."""
    return len(text) == 10 and parse_instant(f"{text}T00:00:00Z") is not None


def load_baseline(path: Path, today: str) -> Baseline:
    """Load a baseline from a file. Raises `MockError` (BAS001 to BAS004) with every mistake in it."""
    try:
        root, diagnostics = read_yaml(path)
        entries = _parse_entries(root, diagnostics)
        diagnostics.raise_if_any()
    except MockError as error:
        # The YAML reader reports its own problems as those of a scenario.
        problems = [
            problem if problem.code.startswith("BAS") else problem._replace(code="BAS001", hint=_UPDATE_HINT)
            for problem in error.problems
        ]
        raise MockError(*problems) from None
    return Baseline(str(path), entries, today)


def _parse_entries(root: Node, diagnostics: Diagnostics) -> Entries:
    _check_keys(root, _TOP_LEVEL_KEYS, diagnostics)
    accepted = root.get("accepted")
    if accepted is None or accepted.node_type != "sequence":
        message = "a baseline is a mapping with `baseline: 1` and a list `accepted`"
        diagnostics.add("BAS002", message, accepted or root)
        return ()
    version = root.get("baseline")
    if version is None or version.text != str(BASELINE_VERSION):
        message = f"the baseline's version must be given: `baseline: {BASELINE_VERSION}` (no other is supported)"
        diagnostics.add("BAS002", message, version or root)
    rule_ids = set(scoped_rule_ids())
    entries = (_parse_entry(node, rule_ids, diagnostics) for node in accepted.items)
    return tuple(entry for entry in entries if entry is not None)


def _check_keys(node: Node, names: Sequence[str], diagnostics: Diagnostics) -> None:
    for key, value in node.entries:
        if key.text not in names:
            message = f"unknown key {truncate_value(key.text)!r}{did_you_mean(key.text[:60], names)}"
            diagnostics.add("BAS002", message, value, f"keys: {', '.join(names)}", on_key=True)


def _parse_entry(node: Node, rule_ids: set[str], diagnostics: Diagnostics) -> BaselineEntry | None:
    """Parse an entry; add all its mistakes to the diagnostics and return None if there is one."""
    if node.node_type != "mapping":
        message = f"expected a mapping with {', '.join(REQUIRED_KEYS)}; found {describe_node(node)}"
        diagnostics.add("BAS002", message, node)
        return None
    _check_keys(node, REQUIRED_KEYS + PATTERN_KEYS, diagnostics)
    texts = {}
    for key, value in node.entries:
        if value.node_type == "scalar" and value.text.strip():
            texts[key.text] = value.text
        else:
            diagnostics.add("BAS002", f"expected a text; found {describe_node(value)}", value)
    missing = [name for name in REQUIRED_KEYS if node.get(name) is None]
    if missing:
        diagnostics.add("BAS002", f"the entry lacks {', '.join(missing)}", node)
    rule = node.get("rule")
    if rule is not None and rule.text not in rule_ids:
        message = f"no rule {truncate_value(rule.text)!r}{did_you_mean(rule.text[:60], rule_ids)}"
        diagnostics.add("BAS003", message, rule)
    expires = node.get("expires")
    if expires is not None and not is_date(expires.text):
        diagnostics.add("BAS004", f"{truncate_value(expires.text)!r} is not a date", expires, "such as 2026-12-31")
    if not diagnostics.is_clean(node):
        return None
    return BaselineEntry(**texts, line=node.line)


def updated_entries(old: Baseline, matched: Iterable[BaselineEntry], accepted: Iterable[BaselineEntry]) -> Entries:
    """Return the entries of an updated baseline: the current ones that match a finding, and the new ones, each once."""
    matched_entries = set(matched)
    kept = [entry for entry in old.entries if entry in matched_entries and old.is_current(entry)]
    # Entries are compared without their lines, which new ones do not have yet.
    known = {entry._replace(line=0) for entry in kept}
    new = dict.fromkeys(entry._replace(line=0) for entry in accepted)
    return (*kept, *(entry for entry in new if entry not in known))


def render_baseline(entries: Iterable[BaselineEntry]) -> bytes:
    """Return the entries as a baseline file, without patterns that match anything."""
    listed = []
    for entry in entries:
        fields = {name: getattr(entry, name) for name in ("rule", *PATTERN_KEYS, "reason", "expires")}
        listed.append({name: value for name, value in fields.items() if value != "*"})
    document = {"baseline": BASELINE_VERSION, "accepted": listed}
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=False, width=1000)
    return (HEADER_COMMENT + text).encode()
