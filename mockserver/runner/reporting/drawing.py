"""Draws the course of a job in HTML: states as bands and calls as marks over a time axis, all in percent of its width.

A state is drawn from its first sight to its last; what lies between two states is hatched, for nobody saw when it
changed. Reads are round, calls that may change the job are square; the ones that prove a finding are ringed.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from mockserver.core.counting import count
from mockserver.core.instants import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Duration, Instant, format_duration, rfc3339
from mockserver.runner.reporting.escape import page as escaped
from mockserver.runner.reporting.timeline import Course, Mark

TICKS: Final = 7
APART: Final = 7.0
"""Percent of the width between two ticks at a break."""
LONGEST: Final = 8
"""How many times the usual pause between two calls a pause may be before it is drawn shorter."""
WORTH: Final = 2
"""How many times shorter the whole must become for that."""
LABELLED: Final = 9.0
"""Percent of the width from which on a band has room for its word."""
_STEPS: Final[tuple[Duration, ...]] = tuple(
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
HUES: Final = (
    ("cancelling", "stop"), ("canceling", "stop"), ("cancel", "halt"), ("fail", "bad"), ("error", "bad"),
    ("expired", "late"), ("delet", "gone"), ("complet", "good"), ("ready", "good"), ("succe", "good"),
    ("queue", "first"), ("pend", "first"), ("process", "busy"), ("run", "busy"),
)  # fmt: skip
"""The colour of a state by what its word begins with; others have one of their own sort."""


class Axis:
    """Where an instant of a course lies between its first call and its last.

    A silence that is far longer than the others is drawn shorter, and broken. Where times are not known, calls stand in
    their order.
    """

    def __init__(self, course: Course, measured: bool) -> None:
        sent = [mark.sent for mark in course.marks]
        instants = sorted({*sent, *(mark.answered for mark in course.marks if mark.answered is not None)})
        self.start, self.end = instants[0], instants[-1]
        self.by_time = measured and self.end > self.start
        pauses = [after - before for before, after in pairwise(instants)]
        widths = _shortened(pauses, sent) if self.by_time else [1] * len(pauses)
        whole, at = sum(widths) or 1, 0
        self._places = {self.start: 0.0}
        self.breaks: list[tuple[Instant, Instant]] = []
        """The silences that are drawn shorter."""
        for (before, after), pause, width in zip(pairwise(instants), pauses, widths, strict=True):
            at += width
            self._places[after] = 100 * at / whole
            if self.by_time and width < pause:
                self.breaks.append((before, after))

    def at(self, instant: Instant) -> float:
        """Percent of the width, for an instant at which something was sent or answered."""
        return self._places[instant]

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Times since the first call, with their words: round ones, or those on both sides of each break."""
        if self.breaks:
            ends = [self.start, *(instant for pair in self.breaks for instant in pair), self.end]
            shown = [ends[0]]
            for instant in ends[1:]:
                if self.at(instant) - self.at(shown[-1]) >= APART:
                    shown.append(instant)
            yield from ((self.at(instant), _since(instant - self.start)) for instant in shown)
        elif self.by_time:
            span = self.end - self.start
            step = next((each for each in _STEPS if span / each <= TICKS), _STEPS[-1])
            yield from ((100 * at / span, _since(at)) for at in range(0, span + 1, step))


def _shortened(pauses: list[Duration], sent: Iterable[Instant]) -> list[Duration]:
    """Widths for some pauses: where a few long ones are most of the whole, they are made comparable with the others."""
    between = sorted(after - before for before, after in pairwise(sorted(set(sent)))) or [0]
    most = max(1, between[len(between) // 2] * LONGEST)
    widths = [min(pause, most) for pause in pauses]
    return widths if sum(pauses) > sum(widths) * WORTH else pauses


def _since(passed: Duration) -> str:
    """A tick's word; a long time without its small change."""
    unit = SECOND if passed >= 10 * SECOND else MILLISECOND
    return f"+{format_duration(passed - passed % unit)}" if passed else "0"


def job(course: Course, measured: bool) -> str:
    """One job as a card."""
    axis = Axis(course, measured)
    calls = sum(mark.times for mark in course.marks) + course.left_out
    rules = dict.fromkeys((group.finding.level, group.finding.rule) for group in course.groups)
    tags = "".join(f"<span class='tag tone {level}'>{escaped(rule)}</span>" for level, rule in rules)
    when = f"from {rfc3339(axis.start)}" if axis.by_time else "in their order: times are not known"
    more = f", {course.left_out} of them not drawn" if course.left_out else ""
    return (
        f"<article class=job><div class=tags><span class=tag>{escaped(course.vendor)}@{course.era}</span>"
        f"<span class=tag>{escaped(course.file)}</span>{tags}</div>"
        f"<h3>{escaped(course.kind)} <span class=mono>{escaped(course.job_id)}</span></h3>"
        f"<p class=why>{count(calls, 'call')}{more}, {when}</p>"
        f"<div class=scroll><div class=track>{''.join(_track(course, axis))}</div></div>"
        f"<div class=legend>{''.join(_legend(course))}</div></article>"
    )


def hue(word: str, terminal: frozenset[str]) -> str:
    """The name of a state's colour."""
    known = next((name for start, name in HUES if word.lower().startswith(start)), "")
    return known or ("gone" if word in terminal else "next")


def _track(course: Course, axis: Axis) -> Iterator[str]:
    for at, word in axis.ticks():
        yield f"<span class=grid style='left:{at:.2f}%'></span><span class=tick style='left:{at:.2f}%'>{word}</span>"
    for pair in axis.breaks:
        middle = sum(map(axis.at, pair)) / 2
        title = escaped(f"{format_duration(pair[1] - pair[0])} without a call")
        yield f"<span class=break title='{title}' style='left:{middle:.2f}%'></span>"
    bands = course.bands()
    for before, after in pairwise(bands):
        left, right = axis.at(before.until), axis.at(after.since)
        yield f"<span class=gap style='left:{left:.2f}%;width:{right - left:.2f}%'></span>"
    for band in bands:
        left, right = axis.at(band.since), axis.at(band.until)
        word = escaped(band.word) if right - left >= LABELLED else ""
        bare = "" if word else " bare"
        yield (
            f"<span class='band s-{hue(band.word, course.terminal)}{bare}' title='{escaped(band.word)}' "
            f"style='left:{left:.2f}%;width:calc({right - left:.2f}% + .7rem)'>{word}</span>"
        )
    yield from _marks(course.marks, axis)


def _marks(marks: Sequence[Mark], axis: Axis) -> Iterator[str]:
    told = 0
    for mark in marks:
        left = axis.at(mark.sent)
        names = [f"ok{max(2, mark.status // 100)}" if 200 <= mark.status < 600 else "ok5" if mark.status else "none"]
        names += (["act"] if mark.acts else []) + (["told"] if mark.told else [])
        tip = escaped(_tip(mark, axis))
        yield f"<span class='mark {' '.join(names)}' title='{tip}' style='left:{left:.2f}%'></span>"
        if mark.told:
            told += 1
            yield f"<span class=number style='left:{left:.2f}%'>{told}</span>"


def _tip(mark: Mark, axis: Axis) -> str:
    when = f"+{format_duration(mark.sent - axis.start)} " if axis.by_time else ""
    times = f", the last of {mark.times} alike" if mark.times > 1 else ""
    return f"{when}{mark.what} -> {mark.answer}{times}"


def _legend(course: Course) -> Iterator[str]:
    for word in dict.fromkeys(band.word for band in course.bands()):
        yield f"<span class=s-{hue(word, course.terminal)}><i></i>{escaped(word)}</span>"
    yield "<span>&#9679; read &nbsp; &#9670; may change the job</span>"
    if any(mark.told for mark in course.marks):
        yield "<span style='--hue:var(--error)'><i style='border-radius:50%'></i>proves a finding</span>"
