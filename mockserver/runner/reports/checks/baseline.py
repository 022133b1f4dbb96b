"""Baselines: findings that somebody has accepted, each with a reason and a last day.

    baseline: 1
    accepted:
    - rule: T13
      vendor: twelvelabs              # this and the next three may be left out: any
      resource: batch *               # `*` stands for anything
      operation: cancelBatch
      where: /canceled_at
      reason: known to the vendor, ticket 4711
      expires: 2026-12-31

An entry is good up to and with its last day; then what it accepted counts again. A file that is malformed accepts
nothing: all that is wrong with it is told, each with its place.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from mockserver.contract.findings import Finding
from mockserver.contract.rules.rule_set import all_rules
from mockserver.core.instants import parse_instant
from mockserver.errors import MockError, Problem, did_you_mean
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, describe_node, truncate_value
from mockserver.scenario.reader import read_yaml

BASELINE_VERSION: Final = 1
HEADER_COMMENT: Final = (
    "# Findings that are accepted for now. `*` stands for anything; after its last day an entry accepts nothing.\n"
)
REQUIRED_KEYS: Final = ("rule", "reason", "expires")
PATTERN_KEYS: Final = ("vendor", "resource", "operation", "where")
_UPDATE_HINT: Final = "check FILE --baseline FILE --update-baseline REASON --expires DATE writes one."
_TOP_LEVEL_KEYS: Final = ("baseline", "accepted")
_INDEX = re.compile(r"(?<![^/ ])\d+(?![^/ ])")


class BaselineEntry(NamedTuple):
    """One entry."""

    rule: str
    reason: str
    expires: str
    """Its last day, `2026-12-31`."""
    vendor: str = "*"
    resource: str = "*"
    operation: str = "*"
    where: str = "*"
    line: int = 0

    def matches(self, vendor: str, finding: Finding) -> bool:
        """Whether it is about a finding."""
        return (
            self.rule == finding.rule
            and glob_matches(self.vendor, vendor)
            and glob_matches(self.resource, finding.resource)
            and glob_matches(self.operation, finding.operation)
            and (glob_matches(self.where, finding.where) or glob_matches(self.where, mask_indexes(finding.where)))
        )

    def description(self) -> str:
        """The entry in a line."""
        patterns = (f"{name} {getattr(self, name)}" for name in PATTERN_KEYS if getattr(self, name) != "*")
        return ", ".join((self.rule, *patterns, f"until {self.expires}: {self.reason}"))


@dataclass(frozen=True, slots=True)
class Baseline:
    """A file's entries, as of a day."""

    file: str = ""
    entries: tuple[BaselineEntry, ...] = ()
    today: str = ""

    def find(self, vendor: str, finding: Finding) -> BaselineEntry | None:
        """The entry about a finding: one that is still good, else one that was."""
        fitting = [entry for entry in self.entries if entry.matches(vendor, finding)]
        return next((entry for entry in fitting if self.is_current(entry)), fitting[0] if fitting else None)

    def is_current(self, entry: BaselineEntry) -> bool:
        """Whether an entry's last day is not over."""
        return self.today <= entry.expires


NO_BASELINE: Final = Baseline()


def glob_matches(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern in which `*` stands for anything; linear in the text for each part."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    *middle, last = rest
    if not text.startswith(first):
        return False
    at = len(first)
    for part in middle:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(text) - len(last) >= at and text.endswith(last)


def mask_indexes(where: str) -> str:
    """A place with every index as `*`: `/outputs/0/url` is `/outputs/*/url`."""
    return _INDEX.sub("*", where)


def is_date(text: str) -> bool:
    """Whether a text is a day of the calendar, `2026-12-31`."""
    return len(text) == 10 and parse_instant(f"{text}T00:00:00Z") is not None


def load_baseline(path: Path, today: str) -> Baseline:
    """The baseline in a file. Raises `MockError` (BAS001 to BAS004) with everything that is wrong with it."""
    try:
        root, report = read_yaml(path)
        entries = _parse_entries(root, report)
        report.raise_if_any()
    except MockError as error:
        raise MockError(*map(_as_baseline_problem, error.problems)) from None
    return Baseline(str(path), entries, today)


def _as_baseline_problem(problem: Problem) -> Problem:
    """The YAML reader speaks of scenarios."""
    if problem.code.startswith("BAS"):
        return problem
    return replace(problem, code="BAS001", hint=_UPDATE_HINT)


def _parse_entries(root: Node, diagnostics: Diagnostics) -> tuple[BaselineEntry, ...]:
    _check_keys(root, _TOP_LEVEL_KEYS, diagnostics)
    listed = root.get("accepted")
    if listed is None or listed.node_type != "sequence":
        diagnostics.add("BAS002", "a baseline is a mapping with `baseline: 1` and a list `accepted`", listed or root)
        return ()
    version = root.get("baseline")
    if version is None or version.text != str(BASELINE_VERSION):
        diagnostics.add(
            "BAS002",
            f"`baseline: {BASELINE_VERSION}` says which version this is; no other can be read",
            version or root,
        )
    rules = {rule.id for _, rule in all_rules()}
    return tuple(entry for node in listed.items if (entry := _parse_entry(node, rules, diagnostics)))


def _check_keys(node: Node, names: Sequence[str], diagnostics: Diagnostics) -> None:
    for key, value in node.entries:
        if key.text not in names:
            message = f"unknown key {truncate_value(key.text)!r}{did_you_mean(key.text[:60], names)}"
            diagnostics.add("BAS002", message, value, f"keys: {', '.join(names)}", on_key=True)


def _parse_entry(node: Node, rules: set[str], diagnostics: Diagnostics) -> BaselineEntry | None:
    if node.node_type != "mapping":
        diagnostics.add(
            "BAS002", f"found {describe_node(node)}, wanted a mapping with {', '.join(REQUIRED_KEYS)}", node
        )
        return None
    _check_keys(node, REQUIRED_KEYS + PATTERN_KEYS, diagnostics)
    texts = {key.text: value.text for key, value in node.entries if _check_text(value, diagnostics)}
    missing = [name for name in REQUIRED_KEYS if node.get(name) is None]
    if missing:
        diagnostics.add("BAS002", f"the entry says no {', '.join(missing)}", node)
    rule, expires = node.get("rule"), node.get("expires")
    if rule is not None and rule.text not in rules:
        diagnostics.add(
            "BAS003", f"there is no rule {truncate_value(rule.text)!r}{did_you_mean(rule.text[:60], rules)}", rule
        )
    if expires is not None and not is_date(expires.text):
        diagnostics.add("BAS004", f"{truncate_value(expires.text)!r} is no day", expires, "such as 2026-12-31")
    return BaselineEntry(**texts, line=node.line) if diagnostics.is_clean(node) else None


def _check_text(node: Node, diagnostics: Diagnostics) -> bool:
    if node.node_type == "scalar" and node.text.strip():
        return True
    diagnostics.add("BAS002", f"found {describe_node(node)}, wanted a text", node)
    return False


def updated_entries(
    old: Baseline, matched: Iterable[BaselineEntry], accepted: Iterable[BaselineEntry]
) -> tuple[BaselineEntry, ...]:
    """The entries that were met and are still good, and those accepted now, each once."""
    known = set(matched)
    kept = [entry for entry in old.entries if entry in known and old.is_current(entry)]
    new = {entry._replace(line=0): None for entry in accepted}
    return (*kept, *(entry for entry in new if entry not in [each._replace(line=0) for each in kept]))


def render_baseline(entries: Iterable[BaselineEntry]) -> bytes:
    """The file."""
    listed = [
        {name: getattr(each, name) for name in (*REQUIRED_KEYS[:1], *PATTERN_KEYS, *REQUIRED_KEYS[1:])}
        for each in entries
    ]
    plainly = [{name: value for name, value in each.items() if value != "*"} for each in listed]
    document = {"baseline": BASELINE_VERSION, "accepted": plainly}
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=False, width=1000)
    return (HEADER_COMMENT + text).encode()
