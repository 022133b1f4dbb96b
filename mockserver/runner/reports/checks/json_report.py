"""The JSON report of a check, and its JSON Schema.

`python -m mockserver.runner.reports.checks.json_report docs/report.schema.json` publishes the schema.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args, get_origin, get_type_hints

from mockserver import __version__
from mockserver.contract.findings import INTERNAL_FIELDS, LEVELS, Finding, Level, describe_briefly
from mockserver.contract.judgement import (
    RULE_OUTCOMES,
    Judgement,
    JudgementCounts,
    RuleOutcome,
    RuleVerdict,
    StateCoverage,
    UnkeptFindings,
)
from mockserver.core.wire import SourcePosition
from mockserver.runner.reports.checks.baseline import BaselineEntry
from mockserver.runner.reports.checks.finding_group import FindingGroup
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.checks.results import CheckReport

REPORT_VERSION: Final = 1
"""Raised when something in the report changes its name or meaning; additions do not raise it."""
SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def render_json(results: CheckReport) -> str:
    """Return the whole report in ASCII; no string in it can be taken for a command of a CI runner."""
    return json.dumps(report_object(results), indent=2).replace("##[", r"#\u0023[")


def report_object(results: CheckReport) -> dict[str, Any]:
    """Return the whole report as a JSON value."""
    policy = results.policy
    verdict = results.exit_verdict
    baseline = None
    if policy.baseline.file:
        unused = [entry._asdict() for entry in results.unused_entries]
        baseline = {"file": policy.baseline.file, "entries": len(policy.baseline.entries), "unused": unused}
    return {
        "version": REPORT_VERSION,
        "tool": {"name": "videojob-mockserver", "version": __version__},
        "exit_code": verdict.code,
        "why": verdict.reason,
        "fail_on": policy.fail_on,
        "conduct_fails": policy.conduct_fails,
        "summary": {
            **{level: results.totals_at(level).findings for level in LEVELS},
            "conduct": sum(each.count for each in results.conduct),
            "accepted": sum(each.count for each in results.accepted),
        },
        "groups": [_group_object(each) for each in results.groups],
        "files": [_recording_object(each) for each in results.recordings],
        "baseline": baseline,
    }


def _group_object(group: FindingGroup) -> dict[str, Any]:
    return {
        "file": group.file,
        "vendor": group.vendor,
        "era": group.era,
        "rule": group.finding.rule,
        "level": group.level,
        "count": group.count,
        "places": group.place_count,
        "where": group.where,
        "resources": list(group.resources),
        "operations": list(group.operations),
        "calls": list(group.example_calls),
        "share": group.share or "",
        "also": [describe_briefly(each) for each in group.also],
        "temporal": group.is_temporal,
        "is_conduct": group.is_conduct,
        "counts": group.is_failing,
        "accepted": group.accepted_by and group.accepted_by._asdict(),
        "expired": group.expired_entry and group.expired_entry._asdict(),
        "fingerprint": group.fingerprint,
        "mend": group.advice or "",
        "again": group.rerun,
        "finding": group.finding.json(),
    }


def _recording_object(recording: CheckedRecording) -> dict[str, Any]:
    return {
        "file": recording.file,
        "kind": recording.kind or "",
        "measured": recording.has_measured_times,
        "exchanges": recording.report.exchanges,
        "unanswered": recording.unanswered,
        "skipped": dict(recording.skipped),
        "incomplete": dict(recording.incomplete),
        "strangers": dict(recording.report.foreign_calls),
        "problems": [problem.json() for problem in recording.problems],
        "judgements": [judgement.json() for judgement in recording.report.judgements],
        "again": recording.rerun,
    }


# The schema: derived from annotations, those of the contract's own values or the ones listed here by key

_LEAVES: Final[Mapping[Any, dict[str, Any]]] = {
    str: {"type": "string"},
    # A text that is not set is "".
    str | None: {"type": "string"},
    int: {"type": "integer", "minimum": 0},
    bool: {"type": "boolean"},
    Level: {"enum": list(LEVELS)},
    RuleOutcome: {"enum": list(RULE_OUTCOMES)},
}
_DEFINITIONS: Final[Mapping[Any, str]] = {
    BaselineEntry: "entry",
    CheckedRecording: "file",
    Finding: "finding",
    FindingGroup: "group",
    Judgement: "judgement",
    SourcePosition: "spot",
}
"""The types that are definitions of the schema."""
_AT_LEAST_1: Final = {"type": "integer", "minimum": 1}


def _schema_of(annotation: Any) -> dict[str, Any]:
    """Return the schema of an annotation; a dict is a schema already."""
    if isinstance(annotation, dict):
        return annotation
    if annotation in _LEAVES:
        return _LEAVES[annotation]
    if annotation in _DEFINITIONS:
        return {"$ref": f"#/$defs/{_DEFINITIONS[annotation]}"}
    arguments = get_args(annotation)
    if get_origin(annotation) in (list, tuple):
        return {"type": "array", "items": _schema_of(arguments[0])}
    if get_origin(annotation) is dict:
        return {"type": "object", "additionalProperties": _schema_of(arguments[1])}
    return _object_schema(get_type_hints(annotation))


def _object_schema(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with these fields, by annotation; later versions may add some."""
    properties = {name: _schema_of(annotation) for name, annotation in fields.items()}
    return {"type": "object", "required": list(properties), "properties": properties}


def _nullable(annotation: Any) -> dict[str, Any]:
    return {"anyOf": [_schema_of(annotation), {"type": "null"}]}


_PROBLEM: Final = {"code": str, "message": str, "hint": str, "file": str, "line": int, "column": int, "pointer": str}
_BASELINE: Final = {"file": str, "entries": int, "unused": list[BaselineEntry]}
_SPOT: Final = {"line": _AT_LEAST_1, "column": _AT_LEAST_1, "pointer": str}
_FILE: Final = {
    "file": str,
    "kind": {"enum": ["", "cassette", "har", "journal"]},
    "measured": bool,
    "exchanges": int,
    "unanswered": int,
    "skipped": dict[str, int],
    "incomplete": dict[str, int],
    "strangers": dict[str, int],
    "problems": {"type": "array", "items": _object_schema(_PROBLEM)},
    "judgements": list[Judgement],
    "again": str,
}
_GROUP: Final = {
    "file": str,
    "vendor": str,
    "era": str,
    "rule": str,
    "level": Level,
    "count": _AT_LEAST_1,
    "places": int,
    "where": str,
    "resources": list[str],
    "operations": list[str],
    "calls": list[str],
    "share": str,
    "also": list[str],
    "temporal": bool,
    "is_conduct": bool,
    "counts": bool,
    "accepted": _nullable(BaselineEntry),
    "expired": _nullable(BaselineEntry),
    "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "mend": str,
    "again": str,
    "finding": Finding,
}
_JUDGEMENT: Final = {
    "vendor": str,
    "era": str,
    "chosen": str,
    "outcome": RuleOutcome,
    "findings": list[Finding],
    "conduct": list[Finding],
    "verdicts": list[RuleVerdict],
    "tally": _object_schema(dict.fromkeys(RULE_OUTCOMES, int)),
    "counts": JudgementCounts,
    "coverage": list[StateCoverage],
    "unkept": list[UnkeptFindings],
}
_REPORT: Final = {
    "version": {"const": REPORT_VERSION},
    "tool": _object_schema({"name": str, "version": str}),
    "exit_code": {"enum": [0, 1, 2, 3]},
    "why": str,
    "fail_on": Level,
    "conduct_fails": bool,
    "summary": _object_schema(dict.fromkeys((*LEVELS, "conduct", "accepted"), int)),
    "groups": list[FindingGroup],
    "files": list[CheckedRecording],
    "baseline": _nullable(_object_schema(_BASELINE)),
}


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report, draft 2020-12."""
    # The position of a finding that is in no file is null.
    finding_fields = {name: kind for name, kind in get_type_hints(Finding).items() if name not in INTERNAL_FIELDS}
    finding_fields["spot"] = _nullable(SourcePosition)
    return {
        "$schema": SCHEMA_DIALECT,
        "title": f"A report of `mockserver check` (version {REPORT_VERSION})",
        **_object_schema(_REPORT),
        "$defs": {
            "entry": _object_schema(get_type_hints(BaselineEntry)),
            "file": _object_schema(_FILE),
            "finding": _object_schema(finding_fields),
            "group": _object_schema(_GROUP),
            "judgement": _object_schema(_JUDGEMENT),
            "spot": _object_schema(_SPOT),
        },
    }


def render_schema() -> str:
    """Return the schema as the file that is published."""
    return json.dumps(report_schema(), indent=2) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render_schema(), encoding="utf-8")
