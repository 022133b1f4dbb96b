"""SARIF 2.1.0 for code scanning: a result for each group, located in the recording, with its rule beside it.

Fingerprints are made of rule and place, so a result keeps its identity when the API is recorded again.
"""

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from mockserver import __version__
from mockserver.contract.findings import Level
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.core.wire import SourcePosition
from mockserver.documentation import page_address, rule_address
from mockserver.runner.reports.checks.finding_group import FindingGroup
from mockserver.runner.reports.checks.results import CheckReport
from mockserver.runner.reports.checks.text import group_details, headline
from mockserver.runner.reports.escape import plain_line

SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT: Final = "mockserverFinding/v2"
SARIF_LEVELS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "info": "note"}


def sarif_log(results: CheckReport) -> bytes:
    """Return the whole log."""
    broken: dict[tuple[str, str], ContractRule] = {}
    for group in results.groups:
        for rule in load_rule_set(group.vendor, group.era).rules:
            if rule.id == group.finding.rule:
                broken.setdefault((group.vendor, rule.id), rule)
    rules = dict(sorted(broken.items()))
    indexes = {name: index for index, name in enumerate(rules)}
    notifications = [
        {"level": "error", "message": {"text": plain_line(problem.text())}, "descriptor": {"id": problem.code}}
        for each in results.recordings
        for problem in each.problems
    ]
    verdict = results.exit_verdict
    invocation = {
        "executionSuccessful": verdict.code != 2,
        "exitCode": verdict.code,
        "exitCodeDescription": verdict.reason,
        "toolExecutionNotifications": notifications,
    }
    descriptors = [_rule_descriptor(vendor, rule) for (vendor, _), rule in rules.items()]
    run = {
        "tool": {"driver": {"name": "videojob-mockserver", "version": __version__, "rules": descriptors}},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": [_result_object(each, indexes) for each in results.groups],
    }
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2).encode() + b"\n"


def _rule_descriptor(vendor: str, rule: ContractRule) -> dict[str, Any]:
    description = f"{rule.statement}. Source: {rule.source}. Broken by, for instance: {rule.example}. {rule.method}"
    return {
        "id": f"{vendor}/{rule.id}",
        "shortDescription": {"text": rule.statement},
        "fullDescription": {"text": description},
        "helpUri": rule_address(rule.id) if rule.is_documented else page_address("rules"),
        "help": {"text": f"{description}\n\nmockserver explain {rule.id}"},
        "defaultConfiguration": {"level": SARIF_LEVELS[rule.level]},
        "properties": {"source": rule.source, "kind": rule.kind},
    }


def _result_object(group: FindingGroup, rule_indexes: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    finding = group.finding
    location: dict[str, Any] = {"physicalLocation": _physical_location(group.file, finding.spot)}
    logical = []
    if finding.operation:
        logical.append({"name": finding.operation, "kind": "function"})
    if finding.spot.pointer:
        logical.append({"fullyQualifiedName": finding.spot.pointer, "kind": "object"})
    if logical:
        location["logicalLocations"] = logical
    result: dict[str, Any] = {
        "ruleId": f"{group.vendor}/{finding.rule}",
        "level": SARIF_LEVELS[group.level],
        "message": {"text": "\n".join([headline(group), *map(plain_line, group_details(group))])},
        "locations": [location],
        "partialFingerprints": {FINGERPRINT: group.fingerprint},
        "occurrenceCount": group.count,
        "properties": {
            "era": group.era,
            "resources": list(group.resources),
            "operations": list(group.operations),
            "also": [each.rule for each in group.also],
            "conduct": group.is_conduct,
        },
    }
    rule_index = rule_indexes.get((group.vendor, finding.rule))
    if rule_index is not None:
        result["ruleIndex"] = rule_index
    if finding.story:
        steps = [
            {"physicalLocation": _physical_location(group.file, spot), "message": {"text": plain_line(line)}}
            for line, spot in finding.story_lines
        ]
        result["codeFlows"] = [{"threadFlows": [{"locations": [{"location": step} for step in steps]}]}]
    if group.accepted_by is not None:
        result["suppressions"] = [{"kind": "external", "justification": group.accepted_by.description()}]
    return result


def _physical_location(file: str, spot: SourcePosition) -> dict[str, Any]:
    """Return a place in a file; code scanning needs a line, so an unknown place is the first one."""
    region = {"startLine": max(1, spot.line)}
    if spot.column > 1:
        region["startColumn"] = spot.column
    return {"artifactLocation": {"uri": file_uri(file)}, "region": region}


def file_uri(file: str) -> str:
    """Return a path as a URI reference."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), safe="/", errors="replace")
