"""Redaction of a play on a server: what its answers and failures quote, without secrets.

The bodies of a play are compared with their secrets, since a scenario may expect one. They are redacted before anything
is reported: a live API may echo the key that was sent.
"""

from dataclasses import replace

from mockserver.redaction.redactor import Redactor
from mockserver.runner.play.results import PlayResult, StepResult


def redact_play(result: PlayResult, redactor: Redactor) -> PlayResult:
    """Return the result without secrets; its outcome is the same."""
    # The exchanges come first: what is found in them is then searched in every failure.
    steps = [_redact_exchange(step, redactor) for step in result.steps]
    return replace(
        result,
        steps=tuple(_redact_failures(step, redactor) for step in steps),
        failures=tuple(map(redactor.redact_text, result.failures)),
        note=result.note and redactor.redact_text(result.note),
    )


def _redact_exchange(step: StepResult, redactor: Redactor) -> StepResult:
    return replace(step, exchange=step.exchange and redactor.redact_exchange(step.exchange))


def _redact_failures(step: StepResult, redactor: Redactor) -> StepResult:
    return replace(
        step,
        failures=tuple(map(redactor.redact_text, step.failures)),
        inconclusive=step.inconclusive and redactor.redact_text(step.inconclusive),
    )
