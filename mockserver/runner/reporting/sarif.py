"""SARIF 2.1.0, for code scanning: a result for each group, in the recording, with the rule and its place beside it.

Fingerprints are made of the rule and the place, so that a result keeps its identity when the API is recorded anew.
"""

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from mockserver import __version__
from mockserver.contract.findings import Finding, Level
from mockserver.contract.rules.book import Rule, load_book
from mockserver.core.wire import Spot
from mockserver.runner.reporting.escape import plain
from mockserver.runner.reporting.results import Group, Results
from mockserver.runner.reporting.text import body, headline

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT: Final = "mockserverFinding/v1"
LEVELS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "info": "note"}


def sarif(results: Results) -> bytes:
    """The whole log."""
    rules = _rules(results)
    index = {name: number for number, name in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "videojob-mockserver",
                "version": __version__,
                "rules": [_rule(vendor, rule) for (vendor, _), rule in rules.items()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(results)],
        "results": [_result(each, index) for each in results.groups],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2).encode() + b"\n"


def _rules(results: Results) -> dict[tuple[str, str], Rule]:
    """The rules that something was found by, by vendor and id."""
    found: dict[tuple[str, str], Rule] = {}
    for group in results.groups:
        rules = {rule.id: rule for rule in load_book(group.vendor, group.era).rules}
        if group.finding.rule in rules:
            found.setdefault((group.vendor, group.finding.rule), rules[group.finding.rule])
    return dict(sorted(found.items()))


def _rule(vendor: str, rule: Rule) -> dict[str, Any]:
    told = f"{rule.says}. Source: {rule.source}. Broken by, for instance: {rule.example}. {rule.how}"
    return {
        "id": f"{vendor}/{rule.id}",
        "shortDescription": {"text": rule.says},
        "fullDescription": {"text": told},
        "help": {"text": f"{told}\n\nmockserver explain {rule.id}"},
        "defaultConfiguration": {"level": LEVELS[rule.level]},
        "properties": {"source": rule.source, "place": rule.place, "kind": rule.kind},
    }


def _invocation(results: Results) -> dict[str, Any]:
    notes = [
        {"level": "error", "message": {"text": plain(problem.text())}, "descriptor": {"id": problem.code}}
        for each in results.checked
        for problem in each.problems
    ]
    return {
        "executionSuccessful": results.exit_code != 2,
        "exitCode": results.exit_code,
        "exitCodeDescription": results.why,
        "toolExecutionNotifications": notes,
    }


def _result(group: Group, index: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    finding = group.finding
    told = "\n".join([headline(group), *map(plain, body(group))])
    result: dict[str, Any] = {
        "ruleId": f"{group.vendor}/{finding.rule}",
        "level": LEVELS[finding.level],
        "message": {"text": told},
        "locations": [_recorded(group)],
        "partialFingerprints": {FINGERPRINT: group.fingerprint},
        "occurrenceCount": group.count,
        "properties": {"era": group.era, "resources": list(group.resources), "conduct": group.is_conduct},
    }
    rule = index.get((group.vendor, finding.rule))
    if rule is not None:
        result["ruleIndex"] = rule
    if related := _related(finding):
        result["relatedLocations"] = [related]
    if finding.story:
        result["codeFlows"] = [_story(group)]
    if group.accepted is not None:
        result["suppressions"] = [{"kind": "external", "justification": group.accepted.told()}]
    return result


def _recorded(group: Group) -> dict[str, Any]:
    """Where the exchange stands in its file; beside it the operation, and the entry's JSON pointer."""
    finding = group.finding
    logical = [{"name": finding.operation, "kind": "function"}] if finding.operation else []
    if finding.spot.pointer:
        logical.append({"fullyQualifiedName": finding.spot.pointer, "kind": "object"})
    place: dict[str, Any] = {"physicalLocation": _physical(group.file, finding.spot)}
    return {**place, "logicalLocations": logical} if logical else place


def _physical(file: str, spot: Spot) -> dict[str, Any]:
    """A place that is not known is said to be the file's first line: code scanning wants one."""
    region = {"startLine": max(1, spot.line)}
    if spot.column > 1:
        region["startColumn"] = spot.column
    return {"artifactLocation": {"uri": uri(file)}, "region": region}


def uri(file: str) -> str:
    """A path as a URI reference."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), safe="/", errors="replace")


def _related(finding: Finding) -> dict[str, Any] | None:
    """The rule's place, where the source begins with one: `contracts/reap/rules.yaml:41 (...)`."""
    file, _, rest = finding.source.partition(":")
    line = rest.partition(" ")[0]
    if not line.isascii() or not line.isdigit() or not file.endswith(".yaml"):
        return None
    return {"physicalLocation": _physical(file, Spot(int(line))), "message": {"text": finding.source}}


def _story(group: Group) -> dict[str, Any]:
    steps = [
        {"location": {"physicalLocation": _physical(group.file, spot), "message": {"text": plain(line)}}}
        for line, spot in group.finding.steps
    ]
    return {"threadFlows": [{"locations": steps}]}
