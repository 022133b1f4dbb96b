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
        facts = (("rule", group[0].message), ("job", job), ("allowed", group[0].allowed))
        yield from (f"    {name:<8} {value}" for name, value in facts if value)
