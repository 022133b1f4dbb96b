"""Redaction of a play on a server: what its answers and failures quote, without secrets.

The bodies of a play are compared with their secrets, since a scenario may expect one. They are redacted before anything
is reported: a live API may echo the key that was sent.
"""

from dataclasses import replace

from mockserver.redaction.redactor import Redactor
from mockserver.runner.play.results import PlayResult


def redact_play(result: PlayResult, redactor: Redactor) -> PlayResult:
    """Return the result without secrets; its outcome is the same."""
    # The exchanges come first: what is found in them is then searched in every failure.
    redacted = [
        replace(step, exchange=step.exchange and redactor.redact_exchange(step.exchange)) for step in result.steps
    ]
    steps = tuple(
        replace(
            step,
            failures=tuple(map(redactor.redact_text, step.failures)),
            inconclusive=step.inconclusive and redactor.redact_text(step.inconclusive),
        )
        for step in redacted
    )
    failures = tuple(map(redactor.redact_text, result.failures))
    return replace(result, steps=steps, failures=failures, note=result.note and redactor.redact_text(result.note))
