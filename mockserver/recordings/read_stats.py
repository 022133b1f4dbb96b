"""What became of the entries of a recording, counted: nothing is dropped in silence."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class ReadStats:
    """Counts of one reading."""

    read_count: int = 0
    """Exchanges given out."""
    unanswered_count: int = 0
    """Exchanges given out without an answer; those of `incomplete` that concern an answer are among them."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Entries left out, by reason."""
    incomplete: Counter[str] = field(default_factory=Counter)
    """What the recorder did not keep of exchanges that were given out, by reason."""

    def skip(self, reason: str) -> None:
        """Count an entry left out."""
        self.skipped[reason] += 1

    def note_missing(self, reason: str) -> None:
        """Count a part that is missing from an exchange; an empty reason counts nothing."""
        if reason:
            self.incomplete[reason] += 1
