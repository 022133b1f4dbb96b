"""Counts what became of the entries of a recording: nothing is dropped silently."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mockserver.core.wire import SourcePosition
from mockserver.errors import Location, Problem

CUT_OFF: Final = "cut off at the end of the file"
"""Ends the reason of an entry that is not whole."""
UNREAD_ENTRIES: Final = "REC012"
"""The code of entries that cannot be read, while all others can."""


@dataclass(slots=True)
class ReadStats:
    """Counts of one reading."""

    read_count: int = 0
    """Exchanges yielded."""
    unanswered_count: int = 0
    """Exchanges yielded without an answer, including those in `incomplete` that concern an answer."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Entries left out, by reason."""
    unread: dict[str, SourcePosition] = field(default_factory=dict)
    """The first of those that should be exchanges and cannot be read, by reason."""
    incomplete: Counter[str] = field(default_factory=Counter)
    """Parts of the exchanges yielded that the recorder did not keep, by reason."""

    def skip(self, reason: str) -> None:
        """Count an entry left out."""
        self.skipped[reason] += 1

    def leave_unread(self, reason: str, position: SourcePosition) -> None:
        """Count an entry left out that should be an exchange, and cannot be read."""
        self.skip(reason)
        self.unread.setdefault(reason, position)

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield what cannot be read of a file, each reason once."""
        for reason, position in self.unread.items():
            code = "REC004" if reason.endswith(CUT_OFF) else UNREAD_ENTRIES
            number = f", the first of {self.skipped[reason]}" if self.skipped[reason] > 1 else ""
            hint = "It was left out; what can be read was read."
            yield Problem(code, f"{reason}{number}", hint, Location(file, *position))

    def note_missing(self, reason: str | None) -> None:
        """Count a part that an exchange lacks; None counts nothing."""
        if reason is not None:
            self.incomplete[reason] += 1
