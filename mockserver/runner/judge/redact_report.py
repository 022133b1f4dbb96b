"""Redaction of a judgement or a comparison: everything that quotes an exchange, without its secrets.

Exchanges are judged with their secrets, since rules are about those too, and findings quote what was judged. The
redactor recognizes a secret by its form, by the name of its parameter or field, or as a key that it has seen.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Final

from mockserver.contract.compare.changes import ChangePlace, ContractChange
from mockserver.contract.compare.comparison import ContractComparison
from mockserver.contract.eras.recording import RecordingReport
from mockserver.contract.findings import INTERNAL_FIELDS, Finding
from mockserver.contract.judgement import Judgement
from mockserver.core.pointer import parse_pointer
from mockserver.redaction.known_secrets import CUT_LENGTH, MIN_SECRET_LENGTH
from mockserver.redaction.redactor import Redactor

_FIELDS_WITHOUT_SECRETS: Final = INTERNAL_FIELDS | {"rule", "level", "is_absence", "spot", "story_spots"}
"""Fields of a finding that quote nothing."""


def redact_report(report: RecordingReport, redactor: Redactor) -> RecordingReport:
    """Return the report without secrets."""
    return report._replace(
        judgements=tuple(redact_judgement(each, redactor) for each in report.judgements),
        foreign_calls=_redact_counts(report.foreign_calls, redactor),
        other_vendors=_redact_counts(report.other_vendors, redactor),
    )


def redact_judgement(judgement: Judgement, redactor: Redactor) -> Judgement:
    """Return the judgement without secrets."""
    calls = _redact_counts(judgement.counts.unknown_calls, redactor)
    prefixes = _redact_counts(judgement.counts.path_prefixes, redactor)
    # Many rules have a verdict on each job, and few jobs have a secret for a name: a second copy of all takes memory.
    verdicts, names = judgement.verdicts, dict.fromkeys(each.resource or "" for each in judgement.verdicts)
    redacted_names = {name: redacted for name in names if (redacted := redactor.redact_text(name)) != name}
    if redacted_names:
        verdicts = tuple(
            each._replace(resource=redacted_names.get(each.resource or "", each.resource)) for each in verdicts
        )
    return replace(
        judgement,
        findings=tuple(redact_finding(each, redactor) for each in judgement.findings),
        conduct=tuple(redact_finding(each, redactor) for each in judgement.conduct),
        verdicts=verdicts,
        counts=replace(judgement.counts, unknown_calls=calls, path_prefixes=prefixes),
    )


def _redact_counts(counts: dict[str, int], redactor: Redactor) -> dict[str, int]:
    """Return the counts by redacted name; names that become equal are added up."""
    redacted: Counter[str] = Counter()
    for name, number in counts.items():
        redacted[redactor.redact_text(name)] += number
    return dict(redacted)


def redact_finding(finding: Finding, redactor: Redactor) -> Finding:
    """Return the finding without secrets."""
    replacements = list(_secret_replacements(finding.where, finding.value, redactor))
    changed: dict[str, Any] = {}
    for field in fields(finding):
        if field.name in _FIELDS_WITHOUT_SECRETS:
            continue
        value = getattr(finding, field.name)
        if field.name == "also":
            changed["also"] = tuple(redact_finding(each, redactor) for each in finding.also)
        elif isinstance(value, tuple):
            changed[field.name] = tuple(_redact_text(line, replacements, redactor) for line in value)
        elif value is not None:
            changed[field.name] = _redact_text(value, replacements, redactor)
    return replace(finding, **changed)


def redact_comparison(comparison: ContractComparison, redactor: Redactor) -> ContractComparison:
    """Return the comparison of a recording without secrets."""
    changes = [_redact_change(each, redactor) for each in comparison.changes]
    return replace(comparison, changes=changes, summary=redactor.redact_text(comparison.summary or ""))


def _redact_change(change: ContractChange, redactor: Redactor) -> ContractChange:
    """Return a change without secrets; what the contract documents is none."""
    # `response 200 /webhook/secret`, `response 200 header Set-Cookie`
    where = change.places[0].where.split(" ", 2)[-1]
    replacements = list(_secret_replacements(where, change.after, redactor))
    message, after = (_redact_text(text, replacements, redactor) for text in (change.message, change.after))
    places = tuple(ChangePlace(each.operation, redactor.redact_text(each.where)) for each in change.places)
    return change._replace(message=message, after=after, places=places)


def _redact_text(text: str, replacements: list[tuple[re.Pattern[str], str]], redactor: Redactor) -> str:
    for secret, placeholder in replacements:
        # Not re.sub: a placeholder may contain a backslash.
        text = placeholder.join(secret.split(text))
    return redactor.redact_text(text)


def _secret_replacements(where: str, value: str | None, redactor: Redactor) -> Iterator[tuple[re.Pattern[str], str]]:
    """Yield (pattern, placeholder) for a value if its place makes it a secret: texts beside it quote it."""
    if where.startswith("header "):
        name = where.removeprefix("header ")
    else:
        names = [key for key in parse_pointer(where) if key != "*" and not key.isdigit()]
        name = next(reversed(names), "")
    if not value:
        return
    placeholder = redactor.redact_json_value(name, value)
    if placeholder == value:
        return
    yield re.compile(re.escape(value)), placeholder
    # Messages quote the text without its JSON quotes, and may have truncated it.
    secret = _unquoted(value)
    if len(secret) >= MIN_SECRET_LENGTH:
        pattern = re.escape(secret[:CUT_LENGTH])
        if len(secret) > CUT_LENGTH:
            pattern += r"[^\s\"']*"
        yield re.compile(pattern), _unquoted(placeholder)


def _unquoted(value: str) -> str:
    """Return the text of a JSON string, also of a truncated one; other scalars as they are; empty for the rest."""
    if value.startswith(("{", "[")):
        return ""
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value[1:].removesuffix("...")
