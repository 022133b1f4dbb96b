"""The log of `serve` as lines: from an activity to styled texts, aligned and fitted to a width.

Pure: the same activity and the same layout give the same line. Times are those of the session's own clock.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mockserver.cli.styles import Span, status_span
from mockserver.core.instants import Instant, rfc3339
from mockserver.core.text import ELLIPSIS, pluralize
from mockserver.errors import escape_unprintable
from mockserver.server.activity import (
    Activity,
    ClockChanged,
    HintGiven,
    RequestAnswered,
    ScenarioLoaded,
    ScenarioRefused,
    SessionBegun,
    WebhookAttempted,
)

MIN_WIDTH: Final = 40
"""Columns below which a terminal wraps: nothing sensible fits."""
MIN_PATH: Final = 16
MAX_PATH: Final = 48
"""Columns of the path: the smallest and the largest number."""
TAIL_WIDTH: Final = 26
"""Columns that are left for job, state and note before the path gets more."""
MAX_SESSION: Final = 20
"""Columns of a session's name; the middle of a longer one is left out."""
METHOD_WIDTH: Final = 7
TIME_WIDTH: Final = 12


@dataclass(frozen=True, slots=True)
class LogLayout:
    """The columns of the log."""

    width: int
    """Columns of the whole line; 0: as many as it needs."""
    session_width: int

    @property
    def path_width(self) -> int:
        """The columns of the path."""
        if not self.width:
            return MAX_PATH
        fixed = TIME_WIDTH + self.session_width + METHOD_WIDTH + 3 + 5
        return max(MIN_PATH, min(MAX_PATH, self.width - fixed - TAIL_WIDTH))


def log_lines(activity: Activity, layout: LogLayout, count: int = 1) -> list[tuple[Span, ...]]:
    """Render an activity, which has happened `count` times: one line, or several for what must not be missed."""
    match activity:
        case RequestAnswered():
            lines = [request_line(activity, layout, count)]
        case WebhookAttempted():
            lines = [webhook_line(activity, layout)]
        case ClockChanged():
            lines = [clock_line(activity, layout)]
        case SessionBegun():
            lines = [session_line(activity, layout)]
        case ScenarioLoaded():
            return [loaded_line(activity, layout)]
        case ScenarioRefused():
            return refused_lines(activity, layout)
        case HintGiven():
            return hint_lines(activity)
    return [fit_line(line, layout) for line in lines]


def lost_line(number: int) -> tuple[Span, ...]:
    """Render how many activities the log has left out."""
    return (Span(f"... {number:,} more: the output is slower than the requests", "loud"),)


def request_line(answered: RequestAnswered, layout: LogLayout, count: int) -> tuple[Span, ...]:
    """Render a request and its answer."""
    tail = [status_span(answered.status)]
    if answered.state:
        tail.append(Span(answered.shown_status or answered.state, "bold"))
    if answered.shown_status:
        tail.append(Span(f"(state {answered.state})", "dim"))
    if answered.job_id and answered.job_id not in answered.path:
        tail.append(Span(answered.job_id))
    if count > 1:
        tail.append(Span(f"x{count:,}", "dim"))
    if answered.note:
        tail.append(Span(answered.note, "yellow"))
    prefix = _prefix(answered.at, answered.session, answered.method, layout)
    return _columns(prefix, answered.path, tail, layout)


def webhook_line(sent: WebhookAttempted, layout: LogLayout) -> tuple[Span, ...]:
    """Render a delivery, its result and when it is tried again."""
    style = "green" if sent.result == "delivered" else "red"
    answer = str(sent.status or sent.result)
    tail = [Span(answer, style)]
    about = [sent.cause or f"attempt {sent.attempt}"]
    if sent.error:
        about.append(sent.error)
    if sent.retry_at is not None:
        about.append(f"again at {_time_of_day(sent.retry_at)}")
    tail.append(Span("; ".join(about), "dim" if sent.result == "delivered" else "yellow"))
    tail.append(Span(sent.url or "(the session's own receiver)"))
    return _columns(_prefix(sent.at, sent.session, "webhook", layout), f"{sent.event} {sent.job_id}", tail, layout)


def clock_line(changed: ClockChanged, layout: LogLayout) -> tuple[Span, ...]:
    """Render a change of a session's clock."""
    text = f"{changed.change}; now {rfc3339(changed.at, digits=3)}, clock {changed.mode}"
    return (*_prefix(changed.at, changed.session, "clock", layout), Span(text, "cyan"))


def session_line(begun: SessionBegun, layout: LogLayout) -> tuple[Span, ...]:
    """Render the beginning of a session."""
    playing = f"plays {begun.scenario}" if begun.scenario else "no scenario"
    text = f"{playing}; {rfc3339(begun.at)}, clock {begun.mode}"
    return (*_prefix(begun.at, begun.session, "session", layout), Span(text, "cyan"))


def loaded_line(loaded: ScenarioLoaded, layout: LogLayout) -> tuple[Span, ...]:
    """Render a scenario file that was read again."""
    text = f"{loaded.scenario} is loaded from {loaded.file}"
    if loaded.sessions:
        text += f"; {pluralize(len(loaded.sessions), 'session')} began a new epoch: {', '.join(loaded.sessions)}"
    return (*_prefix(loaded.at, "", "watch", layout), Span(text, "green"))


def refused_lines(refused: ScenarioRefused, layout: LogLayout) -> list[tuple[Span, ...]]:
    """Render a scenario file that cannot be used, with its problems as `lint` shows them."""
    text = f"{refused.file} cannot be used; {refused.consequence()}"
    lines = [(*_prefix(refused.at, "", "watch", layout), Span(text, "alarm"))]
    for problem in refused.problems:
        lines += [(Span(line),) for line in problem.text().split("\n")]
    return lines


def hint_lines(hint: HintGiven) -> list[tuple[Span, ...]]:
    """Render a hint, and how to correct the mistake."""
    where = f" (session {hint.session})" if hint.session else ""
    lines: list[tuple[Span, ...]] = [(Span("HINT  ", "loud"), Span(f"{hint.text}{where}", "loud"))]
    if hint.fix:
        lines.append((Span("      "), Span(hint.fix, "yellow")))
    return lines


def _time_of_day(at: Instant) -> str:
    return rfc3339(at, digits=3)[11:23]


def _prefix(at: Instant, session: str, verb: str, layout: LogLayout) -> tuple[Span, ...]:
    verb_text = escape_unprintable(verb)[:METHOD_WIDTH]
    name = fit_text(shown_session(session), layout.session_width)
    return (Span(f"{_time_of_day(at)} ", "dim"), Span(f"{name} ", "cyan"), Span(f"{verb_text:<{METHOD_WIDTH}} "))


def _columns(prefix: Iterable[Span], subject: str, tail: Iterable[Span], layout: LogLayout) -> tuple[Span, ...]:
    line = [*prefix, Span(fit_text(subject, layout.path_width))]
    for span in tail:
        line += [Span(" "), span]
    return tuple(line)


def shown_session(label: str) -> str:
    """Return a session's name for its column: the epoch is shown from the second one on."""
    return escape_unprintable(label.removesuffix("@1")) or "-"


def text_width(text: str) -> int:
    """Return the columns that a printable text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_character_width(char) for char in text)


def _character_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def fit_text(text: str, width: int) -> str:
    """Fill a text with spaces up to a width, or leave out its middle; control codes count as their escapes."""
    text = escape_unprintable(text)
    missing = width - text_width(text)
    if missing >= 0:
        return text + " " * missing
    room = width - len(ELLIPSIS)
    # The end says more than the beginning: a path ends in the job's id.
    head = _cut(text, room // 3)
    end = _cut(text[::-1], room - text_width(head))[::-1]
    fitted = f"{head}{ELLIPSIS}{end}"
    return fitted + " " * (width - text_width(fitted))


def _cut(text: str, width: int) -> str:
    """Return the beginning of a text that takes at most `width` columns."""
    taken = 0
    for position, char in enumerate(text):
        taken += _character_width(char)
        if taken > width:
            return text[:position]
    return text


def fit_line(line: Sequence[Span], layout: LogLayout) -> tuple[Span, ...]:
    """Cut a line off at the width of the layout, with an ellipsis."""
    if not layout.width:
        return tuple(line)
    left = max(layout.width, MIN_WIDTH) - 1
    fitted: list[Span] = []
    for span in line:
        text = escape_unprintable(span.text)
        width = text_width(text)
        if width > left:
            cut = _cut(text, max(0, left - len(ELLIPSIS)))
            fitted.append(Span(f"{cut}{ELLIPSIS}"[:left], span.style))
            break
        fitted.append(Span(text, span.style))
        left -= width
    return tuple(fitted)
