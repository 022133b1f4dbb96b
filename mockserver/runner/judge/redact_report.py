"""Redaction of a judgement: everything that quotes an exchange, without its secrets.

Exchanges are judged with their secrets, since rules are about those too, and findings quote what was judged. The
redactor recognizes a secret by its form, by the name of its parameter or field, or as a key that it has seen.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Final

from mockserver.contract.eras.recording import RecordingReport
from mockserver.contract.findings import Finding
from mockserver.contract.judgement import Judgement, RuleVerdict
from mockserver.core.pointer import parse_pointer
from mockserver.redaction.known_secrets import MIN_SECRET_LENGTH
from mockserver.redaction.redactor import Redactor

_FIELDS_WITHOUT_SECRETS: Final = ("rule", "level", "spot", "story_spots")
"""Fields of a finding that quote nothing."""
_RECOGNIZABLE_PREFIX: Final = 12
"""Leading characters by which a truncated secret is recognized."""


def redact_report(report: RecordingReport, redactor: Redactor) -> RecordingReport:
    """Return the report without secrets."""
    return report._replace(
        judgements=tuple(redact_judgement(each, redactor) for each in report.judgements),
        foreign_calls=_redact_counts(report.foreign_calls, redactor),
    )


def redact_judgement(judgement: Judgement, redactor: Redactor) -> Judgement:
    """Return the judgement without secrets."""
    calls = _redact_counts(judgement.counts.unknown_calls, redactor)
    return replace(
        judgement,
        findings=tuple(redact_finding(each, redactor) for each in judgement.findings),
        conduct=tuple(redact_finding(each, redactor) for each in judgement.conduct),
        verdicts=tuple(_redact_verdict(each, redactor) for each in judgement.verdicts),
        counts=replace(judgement.counts, unknown_calls=calls),
    )


def _redact_verdict(verdict: RuleVerdict, redactor: Redactor) -> RuleVerdict:
    if verdict.resource is None:
        return verdict
    return verdict._replace(resource=redactor.redact_text(verdict.resource))


def _redact_counts(counts: dict[str, int], redactor: Redactor) -> dict[str, int]:
    """Return the counts by redacted name; names that become equal are added up."""
    redacted: Counter[str] = Counter()
    for name, number in counts.items():
        redacted[redactor.redact_text(name)] += number
    return dict(redacted)


def redact_finding(finding: Finding, redactor: Redactor) -> Finding:
    """Return the finding without secrets."""
    replacements = list(_secret_replacements(finding, redactor))
    changed: dict[str, Any] = {}
    for field in fields(finding):
        if field.name in _FIELDS_WITHOUT_SECRETS:
            continue
        value = getattr(finding, field.name)
        if isinstance(value, tuple):
            changed[field.name] = tuple(_redact_text(line, replacements, redactor) for line in value)
        elif value is not None:
            changed[field.name] = _redact_text(value, replacements, redactor)
    return replace(finding, **changed)


def _redact_text(text: str, replacements: list[tuple[re.Pattern[str], str]], redactor: Redactor) -> str:
    for secret, placeholder in replacements:
        # Not re.sub: a placeholder may contain a backslash.
        text = placeholder.join(secret.split(text))
    return redactor.redact_text(text)


def _secret_replacements(finding: Finding, redactor: Redactor) -> Iterator[tuple[re.Pattern[str], str]]:
    """Yield (pattern, placeholder) for the finding's value if its field makes it a secret: other fields quote it."""
    value = finding.value
    if finding.where.startswith("header "):
        name = finding.where.removeprefix("header ")
    else:
        names = [key for key in parse_pointer(finding.where) if not key.isdigit()]
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
        pattern = re.escape(secret[:_RECOGNIZABLE_PREFIX])
        if len(secret) > _RECOGNIZABLE_PREFIX:
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
