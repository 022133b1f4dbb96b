"""The admin call about what was found in a session's answers, and in the conduct of its client."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.contract.findings import Finding
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.core.instants import Instant
from mockserver.core.wire import Response, SourcePosition
from mockserver.engine.notify.delivery_log import DeliveryRecord
from mockserver.engine.session import Session
from mockserver.errors import refuse
from mockserver.server.admin.call import MAX_LISTED, AdminCall, as_of, json_ok
from mockserver.server.admin.explain import existing_session
from mockserver.server.admin.scope import own_scope
from mockserver.vendors.signatures import is_forgery
from mockserver.vendors.webhook_endpoint import UNSIGNED

RECEIVER_RULE: Final = "C7"
"""The rule of conduct that only the sender of webhooks can judge."""


async def list_findings(call: AdminCall) -> Response:
    """List what was found in the session so far: in the answers (`findings`) and in the client (`conduct`).

    `judged` counts the requests behind it. `?as_of=` leaves out what a later request or webhook proves. Raises
    `MockError` ADM003 for that instant, ADM043 if the server does not judge, ADM046 if others answer there too, and
    what `existing_session` raises.
    """
    session = existing_session(call)
    scope = own_scope(call.registry)
    at = as_of(call)
    last = last_request(session, at)
    judge = call.registry.settings.checker
    if judge is None:
        detail = "this server does not judge its answers"
        raise refuse("ADM043", detail, "Start it with `mockserver serve --check`.")
    scenarios = call.registry.entries[session.name].scenarios
    declared_by_vendor = {scenario.vendor: scenario.off_contract for scenario in scenarios}
    judged = judge.findings_of(session.label)
    findings = [
        {**_finding_json(session, each.pin, finding), "undeclared": _undeclared(finding, declared_by_vendor, each.pin)}
        for each in judged
        for finding in each.findings
        if proved_by(finding) <= last
    ]
    conduct = [
        _finding_json(session, each.pin, finding)
        for each in judged
        for finding in each.conduct
        if proved_by(finding) <= last
    ]
    conduct += [_finding_json(session, pin, finding) for pin, finding in accepted_forgeries(session, at)]
    answer = {
        "session": session.label,
        "requests": last,
        "judged": sum(each.exchange_count for each in judged),
        "total": len(findings) + len(conduct),
        "findings": findings[:MAX_LISTED],
        "conduct": conduct[:MAX_LISTED],
        **scope,
    }
    return json_ok(answer)


def _undeclared(finding: Finding, declared_by_vendor: Mapping[str, Mapping[str, str]], pin: str) -> list[str]:
    """Return the errors in a finding that no scenario of the session lists under `off_contract`."""
    declared = declared_by_vendor.get(pin.partition("@")[0], {})
    return [each.rule for each in finding.members if each.level == "error" and each.rule not in declared]


def last_request(session: Session, at: Instant) -> int:
    """Return the number of the last request at or before an instant; of requests that were evicted, the last one's."""
    return max((entry.seq for entry in session.journal if entry.at <= at), default=session.journal.evicted)


def proved_by(finding: Finding) -> int:
    """Return the number of the last request that a finding needs; 0 for none."""
    return max((position.line for position in (finding.spot, *finding.story_spots)), default=0)


def accepted_forgeries(session: Session, at: Instant) -> Iterator[tuple[str, Finding]]:
    """Yield the vendor's pin and a finding for each webhook that was accepted although its signature is not right.

    Those that were sent after the instant are left out.
    """
    for record in session.deliveries.log:
        status = record.outcome.status
        is_forged = is_forgery(record.signature, is_stripped=record.signature_fault == UNSIGNED)
        if record.at > at or not record.url or status is None or status >= 300 or not is_forged:
            continue
        rule_set = load_rule_set(record.vendor, session.setup.eras[record.vendor].date)
        for rule in rule_set.of_kinds("conduct"):
            if rule.id == RECEIVER_RULE:
                yield session.setup.eras[record.vendor].pin, _forgery_finding(rule, record)


def _forgery_finding(rule: ContractRule, record: DeliveryRecord) -> Finding:
    return Finding(
        rule=rule.id,
        level="info",
        message=f"{rule.statement} (the signature was {record.signature}, and the answer {record.outcome.status})",
        where="webhook",
        source=rule.citation(),
        call=f"webhook {record.event.type} to {record.url} -> {record.outcome.status}",
        allowed="any status that is not 2xx",
        resource=f"{record.kind} {record.job_id}",
    )


def _finding_json(session: Session, pin: str, finding: Finding) -> dict[str, Any]:
    """Return a finding with the ids of the requests that prove it, instead of positions in a file."""
    story = [{"request": _request_id(session, position), "text": text} for text, position in finding.story_lines]
    return {
        "vendor": pin,
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
