"""Calls with their bodies in HTML, folded until the reader opens them."""

from collections.abc import Iterator
from typing import Final

from mockserver.core.instants import format_duration
from mockserver.core.text import pluralize
from mockserver.runner.reports.checks.call_bodies import CallBodies
from mockserver.runner.reports.checks.job_tracks import CallMark, JobTrack
from mockserver.runner.reports.escape import html_block, html_text

MAX_BODY_TEXT: Final = 60_000
"""Characters of bodies in the list of one job's calls."""


def render_bodies(bodies: CallBodies) -> str:
    """Render the bodies of a call, to be opened; empty if it had none."""
    parts = [
        f"<div class=body><b>{title}</b><pre tabindex=0>{html_block(text)}</pre></div>"
        for title, text in zip(("request", "response"), bodies, strict=True)
        if text
    ]
    if not parts:
        return ""
    return f"<details class=bodies><summary>bodies</summary>{''.join(parts)}</details>"


def render_calls(track: JobTrack, *, by_time: bool) -> str:
    """Render the list of a job's calls, each with its bodies unless they are those of the call before."""
    rows = "".join(f"<li>{row}</li>" for row in _call_rows(track, by_time))
    title = f"{pluralize(len(track.marks), 'call')} with bodies"
    return f"<details class=calls><summary>{title}</summary><ol>{rows}</ol></details>"


def _call_rows(track: JobTrack, by_time: bool) -> Iterator[str]:
    room = MAX_BODY_TEXT
    before: CallMark | None = None
    for mark in track.marks:
        text = f"{mark.call} -> {mark.answer}"
        if by_time:
            text = f"+{format_duration(mark.sent - track.marks[0].sent)} {text}"
        if mark.repeat_count > 1:
            text += f", the last of {mark.repeat_count} equal calls"
        row = html_text(text)
        if before is not None and mark.bodies == before.bodies:
            row += " <span class=arrow>bodies as before</span>"
        elif sum(map(len, mark.bodies)) > room:
            row += " <span class=arrow>bodies left out: the page would be too large</span>"
        else:
            room -= sum(map(len, mark.bodies))
            row += render_bodies(mark.bodies)
        before = mark
        yield row
