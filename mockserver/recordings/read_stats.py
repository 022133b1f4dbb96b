"""Counts what became of the entries of a recording: nothing is dropped silently."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class ReadStats:
    """Counts of one reading."""

    read_count: int = 0
    """Exchanges yielded."""
    unanswered_count: int = 0
    """Exchanges yielded without an answer, including those in `incomplete` that concern an answer."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Entries left out, by reason."""
    incomplete: Counter[str] = field(default_factory=Counter)
    """Parts of the exchanges yielded that the recorder did not keep, by reason."""

    def skip(self, reason: str) -> None:
        """Count an entry left out."""
        self.skipped[reason] += 1

    def note_missing(self, reason: str | None) -> None:
        """Count a part that an exchange lacks; None counts nothing."""
        if reason is not None:
            self.incomplete[reason] += 1
