"""The verdict on a test whose own assertions hold.

It fails by what its webhook handler raised, by off-contract answers, and by a client that it asks to be judged.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import pytest

from mockserver.client.conduct import MAX_SHOWN, breach_lines
from mockserver.client.views import FindingView
from mockserver.core.text import pluralize
from mockserver.testing.session import VideoJob

_OWN_READS: Final = "A read by the test itself counts too: `videojob.job(id)` looks at a job without a poll."


def judge(session: VideoJob) -> None:
    """Fail a test that has come to its end: by what its webhook handler raised, else by the verdict, if any."""
    __tracebackhide__ = True
    errors = session.handler_errors
    for first in errors[:1]:
        first.add_note(f"raised by the webhook handler, at {pluralize(len(errors), 'delivery')}")
        errors.clear()
        raise first
    fail_by(verdict(session))


def fail_by(found: str) -> None:
    """Fail the test by a verdict that is not empty."""
    # This frame is not hidden: pytest says of a failure without any that it has hidden them.
    if found:
        pytest.fail(found, pytrace=False)


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


def unbroken_rules(session: VideoJob) -> str:
    """Return which rules a test declares without need, when its own code has run to its end; empty: it passes."""
    if not session.judged or not session.plan.off_contract:
        return ""
    broken = {rule for finding in session.findings for rule in finding.rules}
    unbroken = [rule for rule in session.plan.off_contract if rule not in broken]
    return "\n".join(f"off_contract names {rule}, and no answer breaks it" for rule in unbroken)


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
    """Yield what the client did, and a hint where the test's own reads may be what was found."""
    listed = list(findings)
    yield from breach_lines(listed)
    if any(each.rule == "C2" for each in listed):
        yield f"    {_OWN_READS}"
