"""The outages of a store, as the operator hears of them."""

import logging
from typing import Final

LOG: Final = logging.getLogger("mockserver")


class OutageLog:
    """Tells the operator when a store is gone and when it is back: once each, however many requests meet it."""

    def __init__(self, location: str, *, is_gone: bool = False) -> None:
        self._location = location
        self._is_gone = is_gone

    def note_gone(self, reason: str) -> None:
        """Log the reason, unless the store is known to be gone."""
        if not self._is_gone:
            LOG.warning("%s; requests get 503 until it is back", reason)
        self._is_gone = True

    def note_back(self) -> None:
        """Log that the store is back, if it was gone."""
        if self._is_gone:
            LOG.warning("the store %s is back", self._location)
        self._is_gone = False
