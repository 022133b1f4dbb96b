"""The conduct of a client as a person reads it: each breach once, with the number of its calls."""

from collections.abc import Iterable, Iterator
from typing import Final

from mockserver.client.views import FindingView

MAX_SHOWN: Final = 5
"""Findings that are shown; the sections of a report have more."""
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
CONDUCT_ADVICE: Final = {
    "C1": "Wait as long as the answer asks (poll_after_seconds, Retry-After) before the next read.",
    "C2": "Stop polling at the first terminal status.",
    "C3": "Wait as long as Retry-After asks, or back off with growing pauses.",
    "C4": "Read the job instead of repeating the call: the refusal is final.",
    "C5": "Send an idempotency key, or look for the job before creating another.",
    "C6": "Stop at the first such answer, and report it: only another key or another id changes it.",
    "C7": "Verify the signature before anything else, and answer 401 if it is wrong.",
}
"""How to change a client that breaks each rule of conduct."""


def breach_lines(findings: Iterable[FindingView]) -> Iterator[str]:
    """Yield what the client did, each breach once with the number of its calls."""
    groups: dict[tuple[str, str | None], list[FindingView]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.job), []).append(finding)
    for (rule, job), group in list(groups.items())[:MAX_SHOWN]:
        times = "" if len(group) == 1 else f" ({len(group)} times)"
        yield f"{rule}: the client {BREACHES.get(rule, group[0].message)}{times}"
        for finding in group[:MAX_SHOWN]:
            yield f"    {finding.call or '-'}  [{finding.request or '-'}]"
        if len(group) > MAX_SHOWN:
            yield f"    and {len(group) - MAX_SHOWN} more"
        facts = (
            ("rule", group[0].message),
            ("job", job),
            ("allowed", group[0].allowed),
            ("fix", CONDUCT_ADVICE.get(rule)),
        )
        yield from (f"    {name:<8} {value}" for name, value in facts if value)
