"""The timeline of a job in HTML: states as bands and calls as marks over a time axis, in percent of its width.

A state is drawn from its first sight to its last; the time between two states is hatched, as the change was not seen.
Reads are round, calls that may change the job are square; those that prove a finding are ringed and numbered.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Final

from mockserver.core.instants import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Duration, Instant, format_duration, rfc3339
from mockserver.core.text import pluralize
from mockserver.runner.reports.checks.html_calls import render_calls
from mockserver.runner.reports.checks.job_tracks import CallMark, JobTrack
from mockserver.runner.reports.escape import html_text as escaped

MAX_TICKS: Final = 7
MIN_TICK_DISTANCE: Final = 7.0
"""Percent of the width between two ticks at a break."""
LONG_PAUSE_FACTOR: Final = 8
"""Multiple of the median pause beyond which a pause is drawn shorter."""
MIN_SHORTENING_FACTOR: Final = 2
"""How many times shorter the axis must become for pauses to be shortened at all."""
MIN_LABELLED_WIDTH: Final = 9.0
"""Percent of the width from which on a band has room for its word."""
_TICK_STEPS: Final[tuple[Duration, ...]] = (
    *(number * MILLISECOND for number in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(number * unit for unit in (SECOND, MINUTE) for number in (1, 2, 5, 10, 15, 30)),
    *(number * HOUR for number in (1, 2, 4, 8, 12)),
    *(number * DAY for number in (1, 2, 5, 10, 30, 90, 365, 3650)),
)
STATE_COLORS: Final = (
    ("cancelling", "stop"), ("canceling", "stop"), ("cancel", "halt"), ("fail", "bad"), ("error", "bad"),
    ("expired", "late"), ("delet", "gone"), ("complet", "good"), ("ready", "good"), ("succe", "good"),
    ("queue", "first"), ("pend", "first"), ("process", "busy"), ("run", "busy"),
)  # fmt: skip
"""The color of a state by the start of its word; the first match wins."""


class TimeAxis:
    """The position of each instant of a track between its first call and its last.

    A pause far longer than the others is drawn shorter, with a break. Without measured times, calls are equally spaced.
    """

    def __init__(self, track: JobTrack, measured: bool) -> None:
        sent = [mark.sent for mark in track.marks]
        instants = sorted({*sent, *(mark.answered for mark in track.marks if mark.answered is not None)})
        self.start, self.end = instants[0], instants[-1]
        self.by_time = measured and self.end > self.start
        pauses = [after - before for before, after in pairwise(instants)]
        widths = [1] * len(pauses)
        if self.by_time:
            widths = pauses
            # Long pauses are cut to a multiple of the median if they make up most of the axis.
            between_calls = sorted(after - before for before, after in pairwise(sorted(set(sent)))) or [0]
            limit = max(1, between_calls[len(between_calls) // 2] * LONG_PAUSE_FACTOR)
            shortened = [min(pause, limit) for pause in pauses]
            if sum(pauses) > sum(shortened) * MIN_SHORTENING_FACTOR:
                widths = shortened
        total = sum(widths) or 1
        reached = 0
        self._positions = {self.start: 0.0}
        self.breaks: list[tuple[Instant, Instant]] = []
        """The pauses that are drawn shorter."""
        for (before, after), pause, width in zip(pairwise(instants), pauses, widths, strict=True):
            reached += width
            self._positions[after] = 100 * reached / total
            if self.by_time and width < pause:
                self.breaks.append((before, after))

    def position(self, instant: Instant) -> float:
        """Return percent of the width; the instant must be that of a request or an answer."""
        return self._positions[instant]

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield (position, label) of times since the first call: round ones, or both sides of each break."""
        if self.breaks:
            # Round times would fall into the breaks, where the axis has no scale.
            shown = [self.start]
            for instant in (*chain.from_iterable(self.breaks), self.end):
                if self.position(instant) - self.position(shown[-1]) >= MIN_TICK_DISTANCE:
                    shown.append(instant)
            for instant in shown:
                yield self.position(instant), _tick_label(instant - self.start)
        elif self.by_time:
            span = self.end - self.start
            step = next((each for each in _TICK_STEPS if span / each <= MAX_TICKS), _TICK_STEPS[-1])
            for at in range(0, span + 1, step):
                yield 100 * at / span, _tick_label(at)


def _tick_label(passed: Duration) -> str:
    """Return the label of a tick, in whole seconds from ten seconds on."""
    if not passed:
        return "0"
    if passed >= 10 * SECOND:
        passed -= passed % SECOND
    return f"+{format_duration(passed - passed % MILLISECOND)}"


def render_job(track: JobTrack, measured: bool) -> str:
    """Render one job as a card: tags, heading, timeline, legend."""
    axis = TimeAxis(track, measured)
    rules = dict.fromkeys((group.level, group.finding.rule) for group in track.groups)
    tags = "".join(f"<span class='tag tone {level}'>{escaped(rule)}</span>" for level, rule in rules)
    summary = pluralize(sum(mark.repeat_count for mark in track.marks) + track.omitted_count, "call")
    if track.omitted_count:
        summary += f", {track.omitted_count} of them not drawn"
    if axis.by_time:
        summary += f", from {rfc3339(axis.start)}"
    else:
        summary += ", in order: times are not known"
    colors = {band.status_word: state_color(band.status_word, track.terminal_words) for band in track.bands()}
    legend = [f"<span class=s-{color}><i></i>{escaped(word)}</span>" for word, color in colors.items()]
    legend.append("<span>&#9679; read &nbsp; &#9670; may change the job</span>")
    if any(mark.proves_finding for mark in track.marks):
        legend.append("<span><i class=ring></i>proves a finding</span>")
    return (
        f"<article class=job><div class=tags><span class=tag>{escaped(track.vendor)}@{track.era}</span>"
        f"<span class=tag>{escaped(track.file)}</span>{tags}</div>"
        f"<h3>{escaped(track.kind)} <span class=mono>{escaped(track.job_id)}</span></h3>"
        f"<p class=why>{summary}</p>"
        f"<div class=scroll role=region aria-label='Timeline of {escaped(track.name)}' tabindex=0>"
        f"<div class=track>{''.join(_render_track(track, axis))}</div></div>"
        f"<div class=legend>{''.join(legend)}</div>{render_calls(track, by_time=axis.by_time)}</article>"
    )


def state_color(word: str, terminal: frozenset[str]) -> str:
    """Return the name of a state's color."""
    default = "gone" if word in terminal else "next"
    return next((color for start, color in STATE_COLORS if word.lower().startswith(start)), default)


def _render_track(track: JobTrack, axis: TimeAxis) -> Iterator[str]:
    """Render grid and ticks, breaks, gaps between states, the states' bands, then the calls on top of them."""
    for at, label in axis.ticks():
        yield f"<span class=grid style='left:{at:.2f}%'></span><span class=tick style='left:{at:.2f}%'>{label}</span>"
    for before, after in axis.breaks:
        middle = (axis.position(before) + axis.position(after)) / 2
        title = escaped(f"{format_duration(after - before)} without a call")
        yield f"<span class=break title='{title}' style='left:{middle:.2f}%'></span>"
    bands = track.bands()
    for earlier, later in pairwise(bands):
        left, right = axis.position(earlier.until), axis.position(later.since)
        yield f"<span class=gap style='left:{left:.2f}%;width:{right - left:.2f}%'></span>"
    for band in bands:
        left, right = axis.position(band.since), axis.position(band.until)
        word = escaped(band.status_word)
        classes = f"band s-{state_color(band.status_word, track.terminal_words)}"
        label = word
        if right - left < MIN_LABELLED_WIDTH:
            classes += " bare"
            label = ""
        style = f"left:{left:.2f}%;width:calc({right - left:.2f}% + .7rem)"
        yield f"<span class='{classes}' title='{word}' style='{style}'>{label}</span>"
    yield from _render_marks(track.marks, axis)


def _render_marks(marks: Sequence[CallMark], axis: TimeAxis) -> Iterator[str]:
    evidence_number = 0
    for mark in marks:
        left = axis.position(mark.sent)
        classes = ["mark", "none"]
        if mark.status is not None:
            hundreds = mark.status // 100
            classes[1] = f"ok{hundreds}" if 2 <= hundreds <= 5 else "ok5"
        if mark.may_change_job:
            classes.append("act")
        if mark.proves_finding:
            classes.append("proof")
        tooltip = f"{mark.call} -> {mark.answer}"
        if axis.by_time:
            tooltip = f"+{format_duration(mark.sent - axis.start)} {tooltip}"
        if mark.repeat_count > 1:
            tooltip += f", the last of {mark.repeat_count} equal calls"
        yield f"<span class='{' '.join(classes)}' title='{escaped(tooltip)}' style='left:{left:.2f}%'></span>"
        if mark.proves_finding:
            evidence_number += 1
            yield f"<span class=number style='left:{left:.2f}%'>{evidence_number}</span>"
