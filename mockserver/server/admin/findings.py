"""The admin call about what was found in a session's answers, and in the conduct of its client."""

from collections.abc import Mapping
from typing import Any

from mockserver.contract.findings import Finding
from mockserver.contract.judgement import VendorFindings
from mockserver.core.wire import Response, SourcePosition
from mockserver.engine.session import Session
from mockserver.errors import refuse
from mockserver.server.admin.call import MAX_LISTED, AdminCall, json_ok
from mockserver.server.admin.explain import existing_session


async def list_findings(call: AdminCall) -> Response:
    """List what was found in the session so far: in the answers (`findings`) and in the client (`conduct`).

    `judged` counts the requests behind it. Raises `MockError` ADM043 if the server does not judge, and what
    `existing_session` raises.
    """
    session = existing_session(call)
    judge = call.registry.settings.checker
    if judge is None:
        detail = "this server does not judge its answers"
        raise refuse("ADM043", detail, "Start it with `mockserver serve --check`.")
    scenarios = call.registry.entries[session.name].scenarios
    declared_by_vendor = {scenario.vendor: scenario.off_contract for scenario in scenarios}
    judged = judge.findings_of(session.label)
    findings = [
        {**_finding_json(session, each, finding), "undeclared": _undeclared(finding, declared_by_vendor, each.pin)}
        for each in judged
        for finding in each.findings
    ]
    conduct = [_finding_json(session, each, finding) for each in judged for finding in each.conduct]
    answer = {
        "session": session.label,
        "requests": session.journal.seq,
        "judged": sum(each.exchange_count for each in judged),
        "total": len(findings) + len(conduct),
        "findings": findings[:MAX_LISTED],
        "conduct": conduct[:MAX_LISTED],
    }
    return json_ok(answer)


def _undeclared(finding: Finding, declared_by_vendor: Mapping[str, Mapping[str, str]], pin: str) -> list[str]:
    """Return the errors in a finding that no scenario of the session lists under `off_contract`."""
    declared = declared_by_vendor.get(pin.partition("@")[0], {})
    return [each.rule for each in finding.members if each.level == "error" and each.rule not in declared]


def _finding_json(session: Session, judged: VendorFindings, finding: Finding) -> dict[str, Any]:
    """Return a finding with the ids of the requests that prove it, instead of positions in a file."""
    story = [{"request": _request_id(session, position), "text": text} for text, position in finding.story_lines]
    return {
        "vendor": judged.pin,
        "rule": finding.rule,
        "level": finding.worst_level,
        "message": finding.message,
        "request": _request_id(session, finding.spot),
        "call": finding.call,
        "operation": finding.operation,
        "job": finding.resource,
        "where": finding.where,
        "found": finding.value,
        "allowed": finding.allowed,
        "possible": finding.possible,
        "observed": finding.observed,
        "source": finding.source,
        "hint": finding.hint,
        "story": story,
        "also": [{"rule": each.rule, "level": each.level, "message": each.message} for each in finding.also],
        "text": finding.text(),
    }


def _request_id(session: Session, position: SourcePosition) -> str | None:
    return session.request_id(position.line) if position.line else None
