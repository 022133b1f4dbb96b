"""The timeline of a recorded job as a card of the page: tags, heading, drawing, legend, calls.

A state is drawn from its first sight to its last; the time between two states is hatched, as the change was not seen.
Reads are round, calls that may change the job are square; those that prove a finding are ringed and numbered.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from mockserver.core.instants import Instant, format_duration, rfc3339
from mockserver.core.text import pluralize
from mockserver.drawing.axis import TimeAxis
from mockserver.drawing.colors import state_color
from mockserver.drawing.tracks import Band, Mark, Track, mark_looks, track_html
from mockserver.runner.reports.checks.html_calls import render_calls
from mockserver.runner.reports.checks.job_tracks import CallMark, JobTrack
from mockserver.runner.reports.escape import html_text as escaped

LEGEND: Final = "<span>&#9679; read &nbsp; &#9670; may change the job</span>"


def track_axis(track: JobTrack, *, measured: bool) -> TimeAxis:
    """Return the axis of a job's calls, which counts from the first; without measured times they have an order only."""
    start = track.start
    sent = [mark.sent - start for mark in track.marks]
    answered = [mark.answered - start for mark in track.marks if mark.answered is not None]
    return TimeAxis((*sent, *answered), by_time=measured and track.end > start)


def render_job(track: JobTrack, measured: bool) -> str:
    """Render one job as a card."""
    axis = track_axis(track, measured=measured)
    rules = dict.fromkeys((group.level, group.finding.rule) for group in track.groups)
    tags = "".join(f"<span class='tag tone {level}'>{escaped(rule)}</span>" for level, rule in rules)
    summary = pluralize(sum(mark.repeat_count for mark in track.marks) + track.omitted_count, "call")
    if track.omitted_count:
        summary += f", {track.omitted_count} of them not drawn"
    if axis.by_time:
        summary += f", from {rfc3339(track.start)}"
    else:
        summary += ", in order: times are not known"
    drawn = Track(recorded_bands(track), list(call_marks(track.marks, track.start, by_time=axis.by_time)))
    colors = {band.word: band.color for band in drawn.bands}
    legend = [f"<span class=s-{color}><i></i>{escaped(word)}</span>" for word, color in colors.items()]
    legend.append(LEGEND)
    if any(mark.proves_finding for mark in track.marks):
        legend.append("<span><i class=ring></i>proves a finding</span>")
    return (
        f"<article class=job><div class=tags><span class=tag>{escaped(track.vendor)}@{track.era}</span>"
        f"<span class=tag>{escaped(track.file)}</span>{tags}</div>"
        f"<h3>{escaped(track.kind)} <span class=mono>{escaped(track.job_id)}</span></h3>"
        f"<p class=why>{summary}</p>"
        f"<div class=scroll role=region aria-label='Timeline of {escaped(track.name)}' tabindex=0>"
        f"<div class=track>{track_html(drawn, axis)}</div></div>"
        f"<div class=legend>{''.join(legend)}</div>{render_calls(track, by_time=axis.by_time)}</article>"
    )


def recorded_bands(track: JobTrack) -> list[Band]:
    """Return the states as they were seen, on an axis that counts from the first call."""
    return [
        Band(
            word=band.status_word,
            since=band.since - track.start,
            until=band.until - track.start,
            color=state_color(band.status_word, is_terminal=band.status_word in track.terminal_words),
            title=band.status_word,
        )
        for band in track.bands()
    ]


def call_marks(marks: Sequence[CallMark], start: Instant, *, by_time: bool) -> Iterator[Mark]:
    """Yield the marks of calls; those that prove a finding are numbered."""
    evidence_number = 0
    for mark in marks:
        looks = mark_looks(mark.status, may_change_job=mark.may_change_job)
        title = f"{mark.call} -> {mark.answer}"
        if by_time:
            title = f"+{format_duration(mark.sent - start)} {title}"
        if mark.repeat_count > 1:
            title += f", the last of {mark.repeat_count} equal calls"
        number = None
        if mark.proves_finding:
            evidence_number += 1
            number = evidence_number
            looks += " proof"
        yield Mark(mark.sent - start, looks, title, number)
