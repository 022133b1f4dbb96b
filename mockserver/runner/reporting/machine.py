"""The report for a program: JSON of a version, and the JSON Schema that says what is in it.

`python -m mockserver.runner.reporting.machine docs/report.schema.json` publishes the schema.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from mockserver import __version__
from mockserver.contract.findings import LEVELS, Finding
from mockserver.contract.judgement import OUTCOMES, Counts
from mockserver.runner.reporting.baseline import Accepted
from mockserver.runner.reporting.results import Checked, Group, Results

VERSION: Final = 1
"""Raised when something that is in the report changes its name or meaning; additions do not raise it."""
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def as_json(results: Results) -> str:
    """The whole report, ASCII only; no string in it can be taken for a command of a CI runner."""
    return json.dumps(report(results), indent=2).replace("##[", r"#\u0023[")


def report(results: Results) -> dict[str, Any]:
    """The whole report as values."""
    terms = results.terms
    return {
        "version": VERSION,
        "tool": {"name": "videojob-mockserver", "version": __version__},
        "exit_code": results.exit_code,
        "why": results.why,
        "fail_on": terms.fail_on,
        "conduct_fails": terms.conduct_fails,
        "summary": {
            **{level: results.sum(level).findings for level in LEVELS},
            "conduct": sum(each.count for each in results.conduct),
            "accepted": sum(each.count for each in results.accepted),
        },
        "groups": [_group(each) for each in results.groups],
        "files": [_file(each) for each in results.checked],
        "baseline": _baseline(results) if terms.baseline.file else None,
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "file": group.file,
        "vendor": group.vendor,
        "era": group.era,
        "rule": group.finding.rule,
        "level": group.finding.level,
        "count": group.count,
        "places": group.places,
        "where": group.where,
        "resources": list(group.resources),
        "is_conduct": group.is_conduct,
        "counts": group.counts,
        "accepted": None if group.accepted is None else _entry(group.accepted),
        "expired": None if group.expired is None else _entry(group.expired),
        "fingerprint": group.fingerprint,
        "mend": group.mend,
        "again": group.again,
        "finding": group.finding.json(),
    }


def _file(checked: Checked) -> dict[str, Any]:
    return {
        "file": checked.file,
        "kind": checked.kind,
        "measured": checked.measured,
        "exchanges": checked.report.exchanges,
        "unanswered": checked.unanswered,
        "skipped": dict(checked.skipped),
        "incomplete": dict(checked.incomplete),
        "strangers": dict(checked.report.strangers),
        "problems": [problem.json() for problem in checked.problems],
        "judgements": [judgement.json() for judgement in checked.report.judgements],
        "again": checked.again,
    }


def _baseline(results: Results) -> dict[str, Any]:
    baseline = results.terms.baseline
    unused = [_entry(entry) for entry in results.unused]
    return {"file": baseline.file, "entries": len(baseline.entries), "unused": unused}


def _entry(entry: Accepted) -> dict[str, Any]:
    return entry._asdict()


# The schema

_TEXT: Final = {"type": "string"}
_WHOLE: Final = {"type": "integer", "minimum": 0}
_LINE: Final = {"type": "integer", "minimum": 1}
_FLAG: Final = {"type": "boolean"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_COUNTED: Final = {"type": "object", "additionalProperties": _WHOLE}
_LEVEL: Final = {"enum": list(LEVELS)}
_OUTCOME: Final = {"enum": list(OUTCOMES)}


def _all(**fields: Any) -> dict[str, Any]:
    """An object with these fields; later versions may add some."""
    return {"type": "object", "required": list(fields), "properties": fields}


def _list(of: Any) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _or_none(name: str) -> dict[str, Any]:
    return {"anyOf": [_ref(name), {"type": "null"}]}


def _finding_schema() -> dict[str, Any]:
    fields: dict[str, Any] = dict.fromkeys(Finding.__slots__, _TEXT)
    spots = {"spot": _or_none("spot"), "story_spots": _list(_ref("spot"))}
    return _all(**{**fields, "level": _LEVEL, "story": _TEXTS, **spots})


def _counts_schema() -> dict[str, Any]:
    empty = Counts()
    return _all(**{name: _COUNTED if isinstance(getattr(empty, name), dict) else _WHOLE for name in Counts.__slots__})


def _judgement_schema() -> dict[str, Any]:
    verdict = _all(rule=_TEXT, level=_LEVEL, resource=_TEXT, outcome=_OUTCOME, why=_TEXT)
    return _all(
        vendor=_TEXT,
        era=_TEXT,
        chosen=_TEXT,
        outcome=_OUTCOME,
        findings=_list(_ref("finding")),
        conduct=_list(_ref("finding")),
        verdicts=_list(verdict),
        tally=_all(**dict.fromkeys(OUTCOMES, _WHOLE)),
        counts=_counts_schema(),
        coverage=_list(_all(kind=_TEXT, seen=_TEXTS, unseen=_TEXTS)),
    )


def _group_schema() -> dict[str, Any]:
    return _all(
        file=_TEXT,
        vendor=_TEXT,
        era=_TEXT,
        rule=_TEXT,
        level=_LEVEL,
        count={"type": "integer", "minimum": 1},
        places=_WHOLE,
        where=_TEXT,
        resources=_TEXTS,
        is_conduct=_FLAG,
        counts=_FLAG,
        accepted=_or_none("entry"),
        expired=_or_none("entry"),
        fingerprint={"type": "string", "pattern": "^[0-9a-f]{32}$"},
        mend=_TEXT,
        again=_TEXT,
        finding=_ref("finding"),
    )


def _file_schema() -> dict[str, Any]:
    problem = _all(code=_TEXT, message=_TEXT, hint=_TEXT, file=_TEXT, line=_WHOLE, column=_WHOLE, pointer=_TEXT)
    return _all(
        file=_TEXT,
        kind={"enum": ["", "cassette", "har", "journal"]},
        measured=_FLAG,
        exchanges=_WHOLE,
        unanswered=_WHOLE,
        skipped=_COUNTED,
        incomplete=_COUNTED,
        strangers=_COUNTED,
        problems=_list(problem),
        judgements=_list(_ref("judgement")),
        again=_TEXT,
    )


def schema() -> dict[str, Any]:
    """The JSON Schema of the report, draft 2020-12."""
    entry: dict[str, Any] = {**dict.fromkeys(Accepted._fields, _TEXT), "line": _WHOLE}
    return {
        "$schema": DIALECT,
        "title": f"A report of `mockserver check` (version {VERSION})",
        **_all(
            version={"const": VERSION},
            tool=_all(name=_TEXT, version=_TEXT),
            exit_code={"enum": [0, 1, 2, 3]},
            why=_TEXT,
            fail_on=_LEVEL,
            conduct_fails=_FLAG,
            summary=_all(**dict.fromkeys((*LEVELS, "conduct", "accepted"), _WHOLE)),
            groups=_list(_ref("group")),
            files=_list(_ref("file")),
            baseline={"anyOf": [_all(file=_TEXT, entries=_WHOLE, unused=_list(_ref("entry"))), {"type": "null"}]},
        ),
        "$defs": {
            "entry": _all(**entry),
            "file": _file_schema(),
            "finding": _finding_schema(),
            "group": _group_schema(),
            "judgement": _judgement_schema(),
            "spot": _all(line=_LINE, column=_LINE, pointer=_TEXT),
        },
    }


def published() -> str:
    """The schema as the file that is published."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(published(), encoding="utf-8")
