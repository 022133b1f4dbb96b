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
from mockserver.contract.rules.book import every_rule
from mockserver.core.instants import parse_instant
from mockserver.errors import MockError, Problem, nearest
from mockserver.scenario.nodes import Node, clip, describe
from mockserver.scenario.reader import read
from mockserver.scenario.report import Report

VERSION: Final = 1
HEAD: Final = (
    "# Findings that are accepted for now. `*` stands for anything; after its last day an entry accepts nothing.\n"
)
NEEDED: Final = ("rule", "reason", "expires")
PATTERNS: Final = ("vendor", "resource", "operation", "where")
_MADE: Final = "check FILE --baseline FILE --update-baseline REASON --expires DATE writes one."
_TOP: Final = ("baseline", "accepted")
_NUMBER = re.compile(r"(?<![^/ ])\d+(?![^/ ])")


class Accepted(NamedTuple):
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

    def fits(self, vendor: str, finding: Finding) -> bool:
        """Whether it is about a finding."""
        return (
            self.rule == finding.rule
            and glob(self.vendor, vendor)
            and glob(self.resource, finding.resource)
            and glob(self.operation, finding.operation)
            and (glob(self.where, finding.where) or glob(self.where, anywhere(finding.where)))
        )

    def told(self) -> str:
        """The entry in a line."""
        patterns = (f"{name} {getattr(self, name)}" for name in PATTERNS if getattr(self, name) != "*")
        return ", ".join((self.rule, *patterns, f"until {self.expires}: {self.reason}"))


@dataclass(frozen=True, slots=True)
class Baseline:
    """A file's entries, as of a day."""

    file: str = ""
    entries: tuple[Accepted, ...] = ()
    today: str = ""

    def find(self, vendor: str, finding: Finding) -> Accepted | None:
        """The entry about a finding: one that is still good, else one that was."""
        fitting = [entry for entry in self.entries if entry.fits(vendor, finding)]
        return next((entry for entry in fitting if self.good(entry)), fitting[0] if fitting else None)

    def good(self, entry: Accepted) -> bool:
        """Whether an entry's last day is not over."""
        return self.today <= entry.expires


NO_BASELINE: Final = Baseline()


def glob(pattern: str, text: str) -> bool:
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


def anywhere(where: str) -> str:
    """A place with every index as `*`: `/outputs/0/url` is `/outputs/*/url`."""
    return _NUMBER.sub("*", where)


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, `2026-12-31`."""
    return len(text) == 10 and parse_instant(f"{text}T00:00:00Z") is not None


def load(path: Path, today: str) -> Baseline:
    """The baseline in a file. Raises `MockError` (BAS001 to BAS004) with everything that is wrong with it."""
    try:
        root, report = read(path)
        entries = _entries(root, report)
        report.finish()
    except MockError as error:
        raise MockError(*map(_ours, error.problems)) from None
    return Baseline(str(path), entries, today)


def _ours(problem: Problem) -> Problem:
    """The YAML reader speaks of scenarios."""
    if problem.code.startswith("BAS"):
        return problem
    return replace(problem, code="BAS001", hint=_MADE)


def _entries(root: Node, report: Report) -> tuple[Accepted, ...]:
    _known(root, _TOP, report)
    listed = root.get("accepted")
    if listed is None or listed.kind != "sequence":
        report.add("BAS002", "a baseline is a mapping with `baseline: 1` and a list `accepted`", listed or root)
        return ()
    version = root.get("baseline")
    if version is None or version.text != str(VERSION):
        report.add("BAS002", f"`baseline: {VERSION}` says which version this is; no other can be read", version or root)
    rules = {rule.id for _, rule in every_rule()}
    return tuple(entry for node in listed.items if (entry := _entry(node, rules, report)))


def _known(node: Node, names: Sequence[str], report: Report) -> None:
    for key, value in node.entries:
        if key.text not in names:
            message = f"unknown key {clip(key.text)!r}{nearest(key.text[:60], names)}"
            report.add("BAS002", message, value, f"keys: {', '.join(names)}", on_key=True)


def _entry(node: Node, rules: set[str], report: Report) -> Accepted | None:
    if node.kind != "mapping":
        report.add("BAS002", f"found {describe(node)}, wanted a mapping with {', '.join(NEEDED)}", node)
        return None
    _known(node, NEEDED + PATTERNS, report)
    texts = {key.text: value.text for key, value in node.entries if _is_text(value, report)}
    missing = [name for name in NEEDED if node.get(name) is None]
    if missing:
        report.add("BAS002", f"the entry says no {', '.join(missing)}", node)
    rule, expires = node.get("rule"), node.get("expires")
    if rule is not None and rule.text not in rules:
        report.add("BAS003", f"there is no rule {clip(rule.text)!r}{nearest(rule.text[:60], rules)}", rule)
    if expires is not None and not is_day(expires.text):
        report.add("BAS004", f"{clip(expires.text)!r} is no day", expires, "such as 2026-12-31")
    return Accepted(**texts, line=node.line) if report.sound(node) else None


def _is_text(node: Node, report: Report) -> bool:
    if node.kind == "scalar" and node.text.strip():
        return True
    report.add("BAS002", f"found {describe(node)}, wanted a text", node)
    return False


def renewed(old: Baseline, met: Iterable[Accepted], accepted: Iterable[Accepted]) -> tuple[Accepted, ...]:
    """The entries that were met and are still good, and those accepted now, each once."""
    known = set(met)
    kept = [entry for entry in old.entries if entry in known and old.good(entry)]
    new = {entry._replace(line=0): None for entry in accepted}
    return (*kept, *(entry for entry in new if entry not in [each._replace(line=0) for each in kept]))


def written(entries: Iterable[Accepted]) -> bytes:
    """The file."""
    listed = [{name: getattr(each, name) for name in (*NEEDED[:1], *PATTERNS, *NEEDED[1:])} for each in entries]
    plainly = [{name: value for name, value in each.items() if value != "*"} for each in listed]
    document = {"baseline": VERSION, "accepted": plainly}
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=False, width=1000)
    return (HEAD + text).encode()
