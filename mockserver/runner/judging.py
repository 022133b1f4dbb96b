"""The contract at work: one judge for a play, one observer for a server."""

import logging
from collections.abc import Sequence
from typing import Final

from mockserver.contract.capture import Capture, load
from mockserver.contract.findings import Finding
from mockserver.contract.judge import judge
from mockserver.core.wire import Exchange
from mockserver.engine.session import Observer
from mockserver.vendors.api import Era

LOG: Final = logging.getLogger("mockserver.contract")


def errors_of(era: Era) -> "Judge":
    """A judge for one era: the findings that are errors."""
    return Judge(load(era.vendor, era.date))


class Judge:
    """Judges exchanges by one capture."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture

    def __call__(self, exchange: Exchange) -> Sequence[Finding]:
        """The findings that are errors."""
        return [finding for finding in judge(self._capture, exchange) if finding.level == "error"]


def logging_observer() -> Observer:
    """Judges everything a server answers, and logs what it finds."""
    judges: dict[str, Judge] = {}

    def observe(pin: str, exchange: Exchange) -> None:
        if pin not in judges:
            vendor, _, date = pin.partition("@")
            judges[pin] = Judge(load(vendor, date))
        for finding in judges[pin](exchange):
            LOG.warning("%s", finding.text())

    return observe
