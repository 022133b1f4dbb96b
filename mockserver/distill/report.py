"""What a distillation says of itself: how much is explained, how exactly, and what is not, each with its position."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import load_capture
from mockserver.contract.judge.path_prefix import CUT_PREFIX, path_prefix
from mockserver.core.instants import format_duration
from mockserver.core.text import pluralize
from mockserver.distill.calls import RecordedCall
from mockserver.distill.distiller import Distilled
from mockserver.distill.minimizer import Minimized, SearchEnd

MAX_LISTED: Final = 20
"""Unexplained calls that the text lists; JSON has all of them."""

_ENDS: Final[Mapping[SearchEnd, str]] = {
    "minimal": "every line is needed",
    "budget": "the budget was used up before every line was tried",
    "interrupted": "it was interrupted before every line was tried",
    "aborted": "the check could not be run any more",
}


class UnexplainedCall(NamedTuple):
    """A call that the scenario answers differently, without a text of the recording."""

    position: str
    """`calls.har:12:5`, or the number of the call where there is no file."""
    operation: str
    status: int | None
    reason: str


def unexplained_calls(found: Distilled, files: Mapping[int, str]) -> list[UnexplainedCall]:
    """Return what is not explained; `files` has the name of each exchange's file by its place in the recording."""
    aspects = {each.call.number: each for each in found.mismatches}
    capture = load_capture(found.era.vendor, found.era.date)
    listed = []
    for call in found.unexplained:
        mismatch = aspects.get(call.number)
        reason = "the era has no such call"
        if path_prefix(capture, call.request):
            # The prefix itself is a text of the recording.
            reason += f"; a prefix precedes its path: {CUT_PREFIX.format('PREFIX')}"
        if mismatch is not None:
            answer = "gives no answer" if mismatch.played is None else f"answers {mismatch.played.status}"
            reason = f"the scenario {answer}: another {' and '.join(mismatch.aspects)}"
        position = position_of(call, found.numbers[call.number], files)
        operation = call.request.method if call.operation is None else call.operation.name
        listed.append(UnexplainedCall(position, operation, call.view and call.view.status, reason))
    return listed


def position_of(call: RecordedCall, number: int, files: Mapping[int, str]) -> str:
    """Return the place of a call in its file, or its number where there is no place."""
    position = call.exchange.position
    name = files.get(number, "")
    if not position.line:
        return f"{name}: call {number + 1}"
    return f"{name}:{position.line}:{position.column}"


def report_lines(found: Distilled, files: Mapping[int, str]) -> list[str]:
    """Return the report as text."""
    total, explained = len(found.calls), found.explained_count
    share = 100 * explained // total
    lines = [
        f"{pluralize(total, 'call')} of {found.era.pin} -> {pluralize(found.draft.line_count, 'line')}",
        f"explained: {explained} of {total} calls ({share} %)",
    ]
    lines += [f"inconclusive: {reason}" for reason in (found.missing_answers, found.missing_jobs) if reason is not None]
    if found.bounds:
        ordered = sorted(found.bounds)
        middle, worst = format_duration(ordered[len(ordered) // 2]), format_duration(ordered[-1])
        lines.append(f"changes of state: {len(ordered)}, each known within {middle} (at worst {worst})")
    if found.delivery_count:
        lines.append(f"webhooks: {found.delivery_count}, expected by the play's step `deliveries`")
    if found.foreign_count:
        lines.append(f"left out: {pluralize(found.foreign_count, 'call')} of other hosts")
    listed = unexplained_calls(found, files)
    if listed:
        lines.append("not explained:")
        lines += [f"  {each.position} {each.operation} -> {each.status}: {each.reason}" for each in listed[:MAX_LISTED]]
        if len(listed) > MAX_LISTED:
            lines.append(f"  and {len(listed) - MAX_LISTED} more")
    if found.play_failures:
        lines.append("the scenario's own play does not give:")
        lines += [f"  {failure}" for failure in found.play_failures[:MAX_LISTED]]
    return lines


def report_json(found: Distilled, files: Mapping[int, str], problems: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the report and the scenario as a JSON value."""
    return {
        "vendor": found.era.pin,
        "calls": len(found.calls),
        "explained": found.explained_count,
        "whole": found.is_proved and not problems,
        "missing_jobs": found.missing_jobs,
        "missing_answers": found.missing_answers,
        "lines": found.draft.line_count,
        "bounds_microseconds": list(found.bounds),
        "other_hosts": found.foreign_count,
        "webhooks": found.delivery_count,
        "unexplained": [each._asdict() for each in unexplained_calls(found, files)],
        "play_failures": list(found.play_failures),
        "problems": list(problems),
        "scenario": found.text,
    }


def minimized_lines(found: Minimized) -> list[str]:
    """Return what a search for a smaller scenario says of itself."""
    before, after = pluralize(found.lines_before, "line"), found.draft.line_count
    lines = [f"minimized: {before} -> {after} in {pluralize(found.runs, 'run')} of the check; {_ENDS[found.ended]}"]
    if found.unknown_runs:
        lines.append(f"{pluralize(found.unknown_runs, 'run')} could not tell: another exit code than 0 and 1")
    if found.is_flaky:
        lines.append("the check is flaky: of two runs with the same scenario one failed, and lines may be left")
    return lines


def minimized_json(found: Minimized) -> dict[str, Any]:
    """Return what a search for a smaller scenario says of itself as a JSON value."""
    return {
        "check": found.check,
        "ended": found.ended,
        "lines_before": found.lines_before,
        "lines": found.draft.line_count,
        "runs": found.runs,
        "unknown_runs": found.unknown_runs,
        "flaky": found.is_flaky,
    }
