"""The report for a program: JSON of a version, and the JSON Schema that says what is in it.

`python -m mockserver.runner.reports.checks.json_report docs/report.schema.json` publishes the schema.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from mockserver import __version__
from mockserver.contract.findings import LEVELS, Finding
from mockserver.contract.judgement import RULE_OUTCOMES, JudgementCounts
from mockserver.runner.reports.checks.baseline import BaselineEntry
from mockserver.runner.reports.checks.results import CheckedRecording, CheckReport, FindingGroup

REPORT_VERSION: Final = 1
"""Raised when something that is in the report changes its name or meaning; additions do not raise it."""
SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def render_json(results: CheckReport) -> str:
    """The whole report, ASCII only; no string in it can be taken for a command of a CI runner."""
    return json.dumps(report_object(results), indent=2).replace("##[", r"#\u0023[")


def report_object(results: CheckReport) -> dict[str, Any]:
    """The whole report as values."""
    terms = results.policy
    return {
        "version": REPORT_VERSION,
        "tool": {"name": "videojob-mockserver", "version": __version__},
        "exit_code": results.exit_code,
        "why": results.exit_reason,
        "fail_on": terms.fail_on,
        "conduct_fails": terms.conduct_fails,
        "summary": {
            **{level: results.totals_at(level).findings for level in LEVELS},
            "conduct": sum(each.count for each in results.conduct),
            "accepted": sum(each.count for each in results.accepted),
        },
        "groups": [_group_object(each) for each in results.groups],
        "files": [_recording_object(each) for each in results.recordings],
        "baseline": _baseline_object(results) if terms.baseline.file else None,
    }


def _group_object(group: FindingGroup) -> dict[str, Any]:
    return {
        "file": group.file,
        "vendor": group.vendor,
        "era": group.era,
        "rule": group.finding.rule,
        "level": group.finding.level,
        "count": group.count,
        "places": group.place_count,
        "where": group.where,
        "resources": list(group.resources),
        "is_conduct": group.is_conduct,
        "counts": group.is_failing,
        "accepted": None if group.accepted_by is None else _entry_object(group.accepted_by),
        "expired": None if group.expired_entry is None else _entry_object(group.expired_entry),
        "fingerprint": group.fingerprint,
        "mend": group.advice,
        "again": group.rerun,
        "finding": group.finding.json(),
    }


def _recording_object(recording: CheckedRecording) -> dict[str, Any]:
    return {
        "file": recording.file,
        "kind": recording.kind,
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


def _baseline_object(results: CheckReport) -> dict[str, Any]:
    baseline = results.policy.baseline
    unused = [_entry_object(entry) for entry in results.unused_entries]
    return {"file": baseline.file, "entries": len(baseline.entries), "unused": unused}


def _entry_object(entry: BaselineEntry) -> dict[str, Any]:
    return entry._asdict()


# The schema

_TEXT_SCHEMA: Final = {"type": "string"}
_COUNT_SCHEMA: Final = {"type": "integer", "minimum": 0}
_LINE_SCHEMA: Final = {"type": "integer", "minimum": 1}
_FLAG_SCHEMA: Final = {"type": "boolean"}
_TEXTS_SCHEMA: Final = {"type": "array", "items": _TEXT_SCHEMA}
_COUNTS_BY_NAME_SCHEMA: Final = {"type": "object", "additionalProperties": _COUNT_SCHEMA}
_LEVEL_SCHEMA: Final = {"enum": list(LEVELS)}
_OUTCOME_SCHEMA: Final = {"enum": list(RULE_OUTCOMES)}


def _object_schema(**fields: Any) -> dict[str, Any]:
    """An object with these fields; later versions may add some."""
    return {"type": "object", "required": list(fields), "properties": fields}


def _array_schema(of: Any) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _ref_schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _nullable_ref(name: str) -> dict[str, Any]:
    return {"anyOf": [_ref_schema(name), {"type": "null"}]}


def _finding_schema() -> dict[str, Any]:
    fields: dict[str, Any] = dict.fromkeys(Finding.__slots__, _TEXT_SCHEMA)
    spots = {"spot": _nullable_ref("spot"), "story_spots": _array_schema(_ref_schema("spot"))}
    return _object_schema(**{**fields, "level": _LEVEL_SCHEMA, "story": _TEXTS_SCHEMA, **spots})


def _counts_schema() -> dict[str, Any]:
    empty = JudgementCounts()
    return _object_schema(
        **{
            name: _COUNTS_BY_NAME_SCHEMA if isinstance(getattr(empty, name), dict) else _COUNT_SCHEMA
            for name in JudgementCounts.__slots__
        }
    )


def _judgement_schema() -> dict[str, Any]:
    verdict = _object_schema(
        rule=_TEXT_SCHEMA, level=_LEVEL_SCHEMA, resource=_TEXT_SCHEMA, outcome=_OUTCOME_SCHEMA, why=_TEXT_SCHEMA
    )
    return _object_schema(
        vendor=_TEXT_SCHEMA,
        era=_TEXT_SCHEMA,
        chosen=_TEXT_SCHEMA,
        outcome=_OUTCOME_SCHEMA,
        findings=_array_schema(_ref_schema("finding")),
        conduct=_array_schema(_ref_schema("finding")),
        verdicts=_array_schema(verdict),
        tally=_object_schema(**dict.fromkeys(RULE_OUTCOMES, _COUNT_SCHEMA)),
        counts=_counts_schema(),
        coverage=_array_schema(_object_schema(kind=_TEXT_SCHEMA, seen=_TEXTS_SCHEMA, unseen=_TEXTS_SCHEMA)),
    )


def _group_schema() -> dict[str, Any]:
    return _object_schema(
        file=_TEXT_SCHEMA,
        vendor=_TEXT_SCHEMA,
        era=_TEXT_SCHEMA,
        rule=_TEXT_SCHEMA,
        level=_LEVEL_SCHEMA,
        count={"type": "integer", "minimum": 1},
        places=_COUNT_SCHEMA,
        where=_TEXT_SCHEMA,
        resources=_TEXTS_SCHEMA,
        is_conduct=_FLAG_SCHEMA,
        counts=_FLAG_SCHEMA,
        accepted=_nullable_ref("entry"),
        expired=_nullable_ref("entry"),
        fingerprint={"type": "string", "pattern": "^[0-9a-f]{32}$"},
        mend=_TEXT_SCHEMA,
        again=_TEXT_SCHEMA,
        finding=_ref_schema("finding"),
    )


def _file_schema() -> dict[str, Any]:
    problem = _object_schema(
        code=_TEXT_SCHEMA,
        message=_TEXT_SCHEMA,
        hint=_TEXT_SCHEMA,
        file=_TEXT_SCHEMA,
        line=_COUNT_SCHEMA,
        column=_COUNT_SCHEMA,
        pointer=_TEXT_SCHEMA,
    )
    return _object_schema(
        file=_TEXT_SCHEMA,
        kind={"enum": ["", "cassette", "har", "journal"]},
        measured=_FLAG_SCHEMA,
        exchanges=_COUNT_SCHEMA,
        unanswered=_COUNT_SCHEMA,
        skipped=_COUNTS_BY_NAME_SCHEMA,
        incomplete=_COUNTS_BY_NAME_SCHEMA,
        strangers=_COUNTS_BY_NAME_SCHEMA,
        problems=_array_schema(problem),
        judgements=_array_schema(_ref_schema("judgement")),
        again=_TEXT_SCHEMA,
    )


def report_schema() -> dict[str, Any]:
    """The JSON Schema of the report, draft 2020-12."""
    entry: dict[str, Any] = {**dict.fromkeys(BaselineEntry._fields, _TEXT_SCHEMA), "line": _COUNT_SCHEMA}
    return {
        "$schema": SCHEMA_DIALECT,
        "title": f"A report of `mockserver check` (version {REPORT_VERSION})",
        **_object_schema(
            version={"const": REPORT_VERSION},
            tool=_object_schema(name=_TEXT_SCHEMA, version=_TEXT_SCHEMA),
            exit_code={"enum": [0, 1, 2, 3]},
            why=_TEXT_SCHEMA,
            fail_on=_LEVEL_SCHEMA,
            conduct_fails=_FLAG_SCHEMA,
            summary=_object_schema(**dict.fromkeys((*LEVELS, "conduct", "accepted"), _COUNT_SCHEMA)),
            groups=_array_schema(_ref_schema("group")),
            files=_array_schema(_ref_schema("file")),
            baseline={
                "anyOf": [
                    _object_schema(
                        file=_TEXT_SCHEMA, entries=_COUNT_SCHEMA, unused=_array_schema(_ref_schema("entry"))
                    ),
                    {"type": "null"},
                ]
            },
        ),
        "$defs": {
            "entry": _object_schema(**entry),
            "file": _file_schema(),
            "finding": _finding_schema(),
            "group": _group_schema(),
            "judgement": _judgement_schema(),
            "spot": _object_schema(line=_LINE_SCHEMA, column=_LINE_SCHEMA, pointer=_TEXT_SCHEMA),
        },
    }


def render_schema() -> str:
    """The schema as the file that is published."""
    return json.dumps(report_schema(), indent=2) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render_schema(), encoding="utf-8")
