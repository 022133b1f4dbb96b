"""A redactor that redacts nothing: for recordings of the fake, whose keys open nothing."""

from mockserver.core.wire import Exchange
from mockserver.redaction.redactor import Redactor


class VerbatimRedactor(Redactor):
    """Redacts nothing."""

    def redact_exchange(self, exchange: Exchange) -> Exchange:
        """Return the same exchange."""
        return exchange

    def check(self, data: bytes) -> None:
        """Accept all data."""
