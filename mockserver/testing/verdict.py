"""The verdict on a test whose own assertions hold: off-contract answers, and a client that it asks to be judged."""

from collections.abc import Iterable, Iterator
from typing import Final

from mockserver.core.text import pluralize
from mockserver.testing.session import VideoJob
from mockserver.testing.views import FindingView

MAX_SHOWN: Final = 5
"""Findings that a verdict shows; the sections of the report have more."""
BREACHES: Final = {
    "C1": "polled faster than the last answer asks for",
    "C2": "polled a job that had ended",
    "C3": "did not back off after 429 or 503",
    "C4": "repeated a call that was refused for good",
    "C5": "repeated a create whose answer was lost",
    "C6": "repeated a read that was refused for good",
    "C7": "accepted a webhook whose signature is not right",
}
"""What a client did that breaks each rule of conduct."""
_OWN_READS: Final = "A read by the test itself counts too: `videojob.job(id)` looks at a job without a poll."


def verdict(session: VideoJob) -> str:
    """Return why a test fails that has come to its end; empty: it passes."""
    if not session.judged:
        return ""
    off_contract = [finding for finding in session.findings if undeclared_rules(session, finding)]
    parts: list[str] = []
    if off_contract:
        parts.append("\n".join(off_contract_lines(session, off_contract)))
    if session.plan.conduct == "error" and session.conduct:
        parts.append("\n".join(conduct_lines(session.conduct)))
    return "\n\n".join(parts)


def undeclared_rules(session: VideoJob, finding: FindingView) -> list[str]:
    """Return the errors in a finding that neither the scenario nor the test declares."""
    return [rule for rule in finding.undeclared if rule not in session.plan.off_contract]


def off_contract_lines(session: VideoJob, findings: list[FindingView]) -> Iterator[str]:
    """Yield the answers that break the contract, and how a test declares that it wants them."""
    yield f"{pluralize(len(findings), 'answer')} of the fake broke the contract, so this test proves nothing:"
    for finding in findings[:MAX_SHOWN]:
        yield ""
        yield from (f"  {line}" for line in finding.text.splitlines())
    rules = dict.fromkeys(rule for finding in findings for rule in undeclared_rules(session, finding))
    declared = ", ".join(f'"{rule}": "why"' for rule in rules)
    yield ""
    yield f"If that is the point of the test, say so: @pytest.mark.videojob(off_contract={{{declared}}})"


def conduct_lines(findings: Iterable[FindingView]) -> Iterator[str]:
    """Yield what the client did, each breach once with the number of its calls."""
    groups: dict[tuple[str, str | None], list[FindingView]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.job), []).append(finding)
    for (rule, job), group in list(groups.items())[:MAX_SHOWN]:
        times = "" if len(group) == 1 else f" ({len(group)} times)"
        yield f"{rule}: the client {BREACHES.get(rule, group[0].message)}{times}"
        for finding in group[:MAX_SHOWN]:
            yield f"    {finding.call or '-'}  [{finding.request or '-'}]"
        facts = (("rule", group[0].message), ("job", job), ("allowed", group[0].allowed))
        yield from (f"    {name:<8} {value}" for name, value in facts if value)
    if any(rule == "C2" for rule, _ in groups):
        yield f"    {_OWN_READS}"
