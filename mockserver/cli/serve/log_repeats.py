"""Folds repeated requests, so that a client that polls a thousand times does not drown what else happens.

Requests repeat each other if session, method, path, status, state, shown status and note are the same. The first one
gets a line. On a terminal, a repetition of the line at the bottom is counted in that line. A repetition of an earlier
line is counted without being shown: `summaries` shows counts that were not shown, and so does a change of the answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, NamedTuple

from mockserver.server.activity import Activity, RequestAnswered

MAX_OPEN: Final = 1_000
"""Requests whose repetitions are counted at a time."""
MAX_SUMMARIES: Final = 10
"""Counts that are shown at a time."""

_RequestKey = tuple[str, str, str]


class LogItem(NamedTuple):
    """An activity to print, and how often it has happened."""

    activity: Activity
    times: int = 1
    rewrite: bool = False
    """True if it takes the place of the line at the bottom."""


_shown_answer: Final = attrgetter("status", "state", "shown_status", "job_id", "note")
"""Returns what two answers to a request have in common if one repeats the other."""


@dataclass(slots=True)
class _Fold:
    latest: RequestAnswered
    count: int = 1
    shown: int = 0
    """The count that was printed last."""


@dataclass(slots=True)
class RepeatFolder:
    """The open counts of one log; `can_rewrite`: the line at the bottom can be printed again."""

    can_rewrite: bool
    _open: dict[_RequestKey, _Fold] = field(default_factory=dict)
    _bottom: _RequestKey | None = None
    """The request whose line is at the bottom."""

    def fold(self, activities: Iterable[Activity]) -> list[LogItem]:
        """Return what is to be printed for these activities, in order; repetitions among them are one item."""
        items: list[LogItem] = []
        for activity in activities:
            if isinstance(activity, RequestAnswered):
                self._fold_request(activity, items)
            else:
                self._bottom = None
                items.append(LogItem(activity))
        return items

    def leave_bottom(self) -> None:
        """Note that something else was printed: the line at the bottom cannot be printed again."""
        self._bottom = None

    def _fold_request(self, answered: RequestAnswered, items: list[LogItem]) -> None:
        key = (answered.session, answered.method, answered.path)
        fold = self._open.get(key)
        if fold is not None and _shown_answer(fold.latest) == _shown_answer(answered):
            fold.latest = answered
            fold.count += 1
            if self._bottom == key and self.can_rewrite:
                rewrite = True
                if items:
                    # What this batch prints for the request is not printed yet: it is replaced here.
                    rewrite = items.pop().rewrite
                items.append(LogItem(answered, fold.count, rewrite))
                fold.shown = fold.count
            return
        if fold is not None and fold.shown < fold.count:
            items.append(LogItem(fold.latest, fold.count))
        self._open.pop(key, None)  # the newest goes to the end
        self._open[key] = _Fold(answered, shown=1)
        self._bottom = key
        items.append(LogItem(answered))
        if len(self._open) > MAX_OPEN:
            del self._open[next(iter(self._open))]

    def summaries(self, limit: int = MAX_SUMMARIES) -> list[LogItem]:
        """Return the counts that were not shown yet, the largest first, at most `limit` of them."""
        unseen = [(key, fold) for key, fold in self._open.items() if fold.shown < fold.count]
        unseen.sort(key=lambda pair: pair[1].shown - pair[1].count)
        items: list[LogItem] = []
        for key, fold in unseen[:limit]:
            items.append(LogItem(fold.latest, fold.count))
            fold.shown = fold.count
            self._bottom = key
        return items
