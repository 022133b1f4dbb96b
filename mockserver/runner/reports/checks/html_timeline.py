"""Draws the course of a job in HTML: states as bands and calls as marks over a time axis, all in percent of its width.

A state is drawn from its first sight to its last; what lies between two states is hatched, for nobody saw when it
changed. Reads are round, calls that may change the job are square; the ones that prove a finding are ringed.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from mockserver.core.instants import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Duration, Instant, format_duration, rfc3339
from mockserver.core.text import pluralize
from mockserver.runner.reports.checks.job_tracks import CallMark, JobTrack
from mockserver.runner.reports.escape import html_text as escaped

MAX_TICKS: Final = 7
MIN_TICK_DISTANCE: Final = 7.0
"""Percent of the width between two ticks at a break."""
LONG_PAUSE_FACTOR: Final = 8
"""How many times the usual pause between two calls a pause may be before it is drawn shorter."""
MIN_SHORTENING_FACTOR: Final = 2
"""How many times shorter the whole must become for that."""
MIN_LABELLED_WIDTH: Final = 9.0
"""Percent of the width from which on a band has room for its word."""
_TICK_STEPS: Final[tuple[Duration, ...]] = tuple(
    number * unit
    for unit, numbers in (
        (MILLISECOND, (1, 2, 5, 10, 20, 50, 100, 200, 500)),
        (SECOND, (1, 2, 5, 10, 15, 30)),
        (MINUTE, (1, 2, 5, 10, 15, 30)),
        (HOUR, (1, 2, 4, 8, 12)),
        (DAY, (1, 2, 5, 10, 30, 90, 365, 3650)),
    )
    for number in numbers
)
STATE_COLORS: Final = (
    ("cancelling", "stop"), ("canceling", "stop"), ("cancel", "halt"), ("fail", "bad"), ("error", "bad"),
    ("expired", "late"), ("delet", "gone"), ("complet", "good"), ("ready", "good"), ("succe", "good"),
    ("queue", "first"), ("pend", "first"), ("process", "busy"), ("run", "busy"),
)  # fmt: skip
"""The colour of a state by what its word begins with; others have one of their own sort."""


class TimeAxis:
    """Where an instant of a course lies between its first call and its last.

    A silence that is far longer than the others is drawn shorter, and broken. Where times are not known, calls stand in
    their order.
    """

    def __init__(self, track: JobTrack, measured: bool) -> None:
        sent = [mark.sent for mark in track.marks]
        instants = sorted({*sent, *(mark.answered for mark in track.marks if mark.answered is not None)})
        self.start, self.end = instants[0], instants[-1]
        self.by_time = measured and self.end > self.start
        pauses = [after - before for before, after in pairwise(instants)]
        widths = _shorten_pauses(pauses, sent) if self.by_time else [1] * len(pauses)
        whole, at = sum(widths) or 1, 0
        self._positions = {self.start: 0.0}
        self.breaks: list[tuple[Instant, Instant]] = []
        """The silences that are drawn shorter."""
        for (before, after), pause, width in zip(pairwise(instants), pauses, widths, strict=True):
            at += width
            self._positions[after] = 100 * at / whole
            if self.by_time and width < pause:
                self.breaks.append((before, after))

    def position(self, instant: Instant) -> float:
        """Percent of the width, for an instant at which something was sent or answered."""
        return self._positions[instant]

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Times since the first call, with their words: round ones, or those on both sides of each break."""
        if self.breaks:
            ends = [self.start, *(instant for pair in self.breaks for instant in pair), self.end]
            shown = [ends[0]]
            for instant in ends[1:]:
                if self.position(instant) - self.position(shown[-1]) >= MIN_TICK_DISTANCE:
                    shown.append(instant)
            yield from ((self.position(instant), _tick_label(instant - self.start)) for instant in shown)
        elif self.by_time:
            span = self.end - self.start
            step = next((each for each in _TICK_STEPS if span / each <= MAX_TICKS), _TICK_STEPS[-1])
            yield from ((100 * at / span, _tick_label(at)) for at in range(0, span + 1, step))


def _shorten_pauses(pauses: list[Duration], sent: Iterable[Instant]) -> list[Duration]:
    """Widths for some pauses: where a few long ones are most of the whole, they are made comparable with the others."""
    between = sorted(after - before for before, after in pairwise(sorted(set(sent)))) or [0]
    most = max(1, between[len(between) // 2] * LONG_PAUSE_FACTOR)
    widths = [min(pause, most) for pause in pauses]
    return widths if sum(pauses) > sum(widths) * MIN_SHORTENING_FACTOR else pauses


def _tick_label(passed: Duration) -> str:
    """A tick's word; a long time without its small change."""
    unit = SECOND if passed >= 10 * SECOND else MILLISECOND
    return f"+{format_duration(passed - passed % unit)}" if passed else "0"


def render_job(track: JobTrack, measured: bool) -> str:
    """One job as a card."""
    axis = TimeAxis(track, measured)
    calls = sum(mark.repeat_count for mark in track.marks) + track.omitted_count
    rules = dict.fromkeys((group.finding.level, group.finding.rule) for group in track.groups)
    tags = "".join(f"<span class='tag tone {level}'>{escaped(rule)}</span>" for level, rule in rules)
    when = f"from {rfc3339(axis.start)}" if axis.by_time else "in their order: times are not known"
    more = f", {track.omitted_count} of them not drawn" if track.omitted_count else ""
    return (
        f"<article class=job><div class=tags><span class=tag>{escaped(track.vendor)}@{track.era}</span>"
        f"<span class=tag>{escaped(track.file)}</span>{tags}</div>"
        f"<h3>{escaped(track.kind)} <span class=mono>{escaped(track.job_id)}</span></h3>"
        f"<p class=why>{pluralize(calls, 'call')}{more}, {when}</p>"
        f"<div class=scroll><div class=track>{''.join(_render_track(track, axis))}</div></div>"
        f"<div class=legend>{''.join(_render_legend(track))}</div></article>"
    )


def state_color(word: str, terminal: frozenset[str]) -> str:
    """The name of a state's colour."""
    known = next((name for start, name in STATE_COLORS if word.lower().startswith(start)), "")
    return known or ("gone" if word in terminal else "next")


def _render_track(track: JobTrack, axis: TimeAxis) -> Iterator[str]:
    for at, word in axis.ticks():
        yield f"<span class=grid style='left:{at:.2f}%'></span><span class=tick style='left:{at:.2f}%'>{word}</span>"
    for pair in axis.breaks:
        middle = sum(map(axis.position, pair)) / 2
        title = escaped(f"{format_duration(pair[1] - pair[0])} without a call")
        yield f"<span class=break title='{title}' style='left:{middle:.2f}%'></span>"
    bands = track.bands()
    for before, after in pairwise(bands):
        left, right = axis.position(before.until), axis.position(after.since)
        yield f"<span class=gap style='left:{left:.2f}%;width:{right - left:.2f}%'></span>"
    for band in bands:
        left, right = axis.position(band.since), axis.position(band.until)
        word = escaped(band.status_word) if right - left >= MIN_LABELLED_WIDTH else ""
        bare = "" if word else " bare"
        yield (
            f"<span class='band s-{state_color(band.status_word, track.terminal_words)}{bare}' title='{escaped(band.status_word)}' "
            f"style='left:{left:.2f}%;width:calc({right - left:.2f}% + .7rem)'>{word}</span>"
        )
    yield from _render_marks(track.marks, axis)


def _render_marks(marks: Sequence[CallMark], axis: TimeAxis) -> Iterator[str]:
    told = 0
    for mark in marks:
        left = axis.position(mark.sent)
        names = [f"ok{max(2, mark.status // 100)}" if 200 <= mark.status < 600 else "ok5" if mark.status else "none"]
        names += (["act"] if mark.may_change_job else []) + (["told"] if mark.proves_finding else [])
        tip = escaped(_mark_tooltip(mark, axis))
        yield f"<span class='mark {' '.join(names)}' title='{tip}' style='left:{left:.2f}%'></span>"
        if mark.proves_finding:
            told += 1
            yield f"<span class=number style='left:{left:.2f}%'>{told}</span>"


def _mark_tooltip(mark: CallMark, axis: TimeAxis) -> str:
    when = f"+{format_duration(mark.sent - axis.start)} " if axis.by_time else ""
    times = f", the last of {mark.repeat_count} alike" if mark.repeat_count > 1 else ""
    return f"{when}{mark.call} -> {mark.answer}{times}"


def _render_legend(track: JobTrack) -> Iterator[str]:
    for word in dict.fromkeys(band.status_word for band in track.bands()):
        yield f"<span class=s-{state_color(word, track.terminal_words)}><i></i>{escaped(word)}</span>"
    yield "<span>&#9679; read &nbsp; &#9670; may change the job</span>"
    if any(mark.proves_finding for mark in track.marks):
        yield "<span style='--hue:var(--error)'><i style='border-radius:50%'></i>proves a finding</span>"
