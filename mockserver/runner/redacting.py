"""What may be shown of a judgement: everything that quotes an exchange, without the secrets in it.

Exchanges are judged with their secrets, since rules speak of those too, and findings quote what was judged. What is a
secret the redactor knows: by its form, by the name of its parameter or its field, or because it was seen as a key.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Final

from mockserver.contract.findings import Finding
from mockserver.contract.judgement import Judgement
from mockserver.contract.recording import Report
from mockserver.core.pointer import steps
from mockserver.recordings.redact import SHORTEST, Redactor

_LEFT: Final = ("rule", "level", "spot", "story_spots")
"""Fields of a finding that are ours alone."""
_TELLING: Final = 12
"""Characters at the start of a secret by which it is known where it was cut."""


def shown_report(report: Report, redactor: Redactor) -> Report:
    """A report without secrets."""
    strangers = _counted(report.strangers, redactor)
    return report._replace(
        judgements=tuple(shown_judgement(each, redactor) for each in report.judgements), strangers=strangers
    )


def shown_judgement(judgement: Judgement, redactor: Redactor) -> Judgement:
    """A judgement without secrets."""
    calls = _counted(judgement.counts.unknown_calls, redactor)
    return replace(
        judgement,
        findings=tuple(shown(each, redactor) for each in judgement.findings),
        conduct=tuple(shown(each, redactor) for each in judgement.conduct),
        verdicts=tuple(each._replace(resource=redactor.text(each.resource)) for each in judgement.verdicts),
        counts=replace(judgement.counts, unknown_calls=calls),
    )


def _counted(counts: dict[str, int], redactor: Redactor) -> dict[str, int]:
    clean: dict[str, int] = {}
    for name, number in counts.items():
        told = redactor.text(name)
        clean[told] = clean.get(told, 0) + number
    return clean


def shown(finding: Finding, redactor: Redactor) -> Finding:
    """A finding without secrets."""
    swaps = list(_hidden(finding, redactor))
    changed: dict[str, Any] = {}
    for name in (field.name for field in fields(finding) if field.name not in _LEFT):
        value = getattr(finding, name)
        clean = tuple(_clean(each, swaps, redactor) for each in value) if isinstance(value, tuple) else None
        changed[name] = _clean(value, swaps, redactor) if clean is None else clean
    return replace(finding, **changed)


def _clean(text: str, swaps: list[tuple[re.Pattern[str], str]], redactor: Redactor) -> str:
    for secret, placeholder in swaps:
        text = placeholder.join(secret.split(text))
    return redactor.text(text)


def _hidden(finding: Finding, redactor: Redactor) -> Iterator[tuple[re.Pattern[str], str]]:
    """What a finding's place makes a secret of its value, and what stands for it; other fields quote the value, too."""
    value = finding.value
    clean = redactor.value(_name(finding.where), value)
    if not value or clean == value:
        return
    yield re.compile(re.escape(value)), clean
    secret = _bare(value)
    if len(secret) >= SHORTEST:
        yield re.compile(re.escape(secret[:_TELLING]) + r"[^\s\"']*" * (len(secret) > _TELLING)), _bare(clean)


def _name(where: str) -> str:
    """The header or the field that a finding is about; empty where it is about none."""
    if where.startswith("header "):
        return where.removeprefix("header ")
    return next((name for name in reversed(steps(where)) if not name.isdigit()), "")


def _bare(value: str) -> str:
    """A JSON string's text; of one that was cut, what there is. Of all other values nothing."""
    if value[:1] != '"':
        return "" if value[:1] in "{[" else value
    try:
        return str(json.loads(value))
    except ValueError:
        return value[1:].removesuffix("...")
