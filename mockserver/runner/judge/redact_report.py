"""What may be shown of a judgement: everything that quotes an exchange, without the secrets in it.

Exchanges are judged with their secrets, since rules speak of those too, and findings quote what was judged. What is a
secret the redactor knows: by its form, by the name of its parameter or its field, or because it was seen as a key.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Final

from mockserver.contract.eras.recording import RecordingReport
from mockserver.contract.findings import Finding
from mockserver.contract.judgement import Judgement
from mockserver.core.pointer import parse_pointer
from mockserver.recordings.redact import MIN_SECRET_LENGTH, Redactor

_FIELDS_WITHOUT_SECRETS: Final = ("rule", "level", "spot", "story_spots")
"""Fields of a finding that are ours alone."""
_RECOGNIZABLE_PREFIX: Final = 12
"""Characters at the start of a secret by which it is known where it was cut."""


def redact_report(report: RecordingReport, redactor: Redactor) -> RecordingReport:
    """A report without secrets."""
    strangers = _redact_counts(report.foreign_calls, redactor)
    return report._replace(
        judgements=tuple(redact_judgement(each, redactor) for each in report.judgements), foreign_calls=strangers
    )


def redact_judgement(judgement: Judgement, redactor: Redactor) -> Judgement:
    """A judgement without secrets."""
    calls = _redact_counts(judgement.counts.unknown_calls, redactor)
    return replace(
        judgement,
        findings=tuple(redact_finding(each, redactor) for each in judgement.findings),
        conduct=tuple(redact_finding(each, redactor) for each in judgement.conduct),
        verdicts=tuple(each._replace(resource=redactor.redact_text(each.resource)) for each in judgement.verdicts),
        counts=replace(judgement.counts, unknown_calls=calls),
    )


def _redact_counts(counts: dict[str, int], redactor: Redactor) -> dict[str, int]:
    clean: dict[str, int] = {}
    for name, number in counts.items():
        told = redactor.redact_text(name)
        clean[told] = clean.get(told, 0) + number
    return clean


def redact_finding(finding: Finding, redactor: Redactor) -> Finding:
    """A finding without secrets."""
    swaps = list(_secret_replacements(finding, redactor))
    changed: dict[str, Any] = {}
    for name in (field.name for field in fields(finding) if field.name not in _FIELDS_WITHOUT_SECRETS):
        value = getattr(finding, name)
        clean = tuple(_redact_text(each, swaps, redactor) for each in value) if isinstance(value, tuple) else None
        changed[name] = _redact_text(value, swaps, redactor) if clean is None else clean
    return replace(finding, **changed)


def _redact_text(text: str, replacements: list[tuple[re.Pattern[str], str]], redactor: Redactor) -> str:
    for secret, placeholder in replacements:
        text = placeholder.join(secret.split(text))
    return redactor.redact_text(text)


def _secret_replacements(finding: Finding, redactor: Redactor) -> Iterator[tuple[re.Pattern[str], str]]:
    """What a finding's place makes a secret of its value, and what stands for it; other fields quote the value, too."""
    value = finding.value
    clean = redactor.redact_json_value(_field_or_header(finding.where), value)
    if not value or clean == value:
        return
    yield re.compile(re.escape(value)), clean
    secret = _unquoted(value)
    if len(secret) >= MIN_SECRET_LENGTH:
        yield (
            re.compile(re.escape(secret[:_RECOGNIZABLE_PREFIX]) + r"[^\s\"']*" * (len(secret) > _RECOGNIZABLE_PREFIX)),
            _unquoted(clean),
        )


def _field_or_header(where: str) -> str:
    """The header or the field that a finding is about; empty where it is about none."""
    if where.startswith("header "):
        return where.removeprefix("header ")
    return next((name for name in reversed(parse_pointer(where)) if not name.isdigit()), "")


def _unquoted(value: str) -> str:
    """A JSON string's text; of one that was cut, what there is. Of all other values nothing."""
    if value[:1] != '"':
        return "" if value[:1] in "{[" else value
    try:
        return str(json.loads(value))
    except ValueError:
        return value[1:].removesuffix("...")
