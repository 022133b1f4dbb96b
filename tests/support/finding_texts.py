"""Findings as the text of a failed assertion."""

from collections.abc import Iterable

from mockserver.contract.findings import Finding, sort_findings


def render_findings(findings: Iterable[Finding]) -> str:
    """Render findings; those of one rule, operation, place and message appear once with their number."""
    groups: dict[tuple[str | None, ...], list[Finding]] = {}
    for finding in sort_findings(findings):
        key = (finding.worst_level, finding.rule, finding.operation, finding.where, finding.message)
        groups.setdefault(key, []).append(finding)
    texts = []
    for group in groups.values():
        texts.append(group[0].text())
        if len(group) > 1:
            texts[-1] += f"\n    (x{len(group)})"
    return "\n\n".join(texts)
