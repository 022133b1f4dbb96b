"""The calls of one vendor in all its eras: how much of an exchange they explain."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from mockserver.contract.documents.capture import Capture, OperationMatch, captured_eras, load_capture
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.contract.judge.vendor_paths import vendor_path, with_vendor_path
from mockserver.core.wire import Exchange
from mockserver.errors import MockError

EXPLAINED: Final = 2
"""The points of a call whose status is documented."""


class VendorCalls:
    """The operations of a vendor's captures."""

    def __init__(self, captures: Iterable[Capture]) -> None:
        self._captures = tuple(captures)

    def points(self, exchange: Exchange) -> int:
        """Return 1 if an era has the call, 2 if one documents the status, too; else 0."""
        matches, response = self._matches(exchange), exchange.response
        if not matches:
            return 0
        return 1 + (response is not None and any(each.operation.answer(response.status) for each in matches))

    def parameters(self, exchange: Exchange) -> int:
        """Return the least number of parameters that the path of the call has: a literal path proves more."""
        return min((len(match.params) for match in self._matches(exchange)), default=0)

    def is_valid(self, exchange: Exchange) -> bool:
        """Return True if the answer has no error by the schemas of some era that has the call."""
        plain = with_vendor_path(exchange)
        having = [each for each in self._captures if each.find(plain.request.method, plain.request.path) is not None]
        return any(all(each.level != "error" for each in judge_exchange(capture, plain)) for capture in having)

    def _matches(self, exchange: Exchange) -> list[OperationMatch]:
        """Return the call in each era that has it."""
        method, path = exchange.request.method, vendor_path(exchange.request.path)
        return [match for capture in self._captures if (match := capture.match(method, path))]


def load_vendor_calls(vendors: Iterable[str], root: Path | None) -> dict[str, VendorCalls]:
    """Return the calls of vendors by name; one whose contract cannot be read is left out."""
    found: dict[str, VendorCalls] = {}
    for vendor in vendors:
        with suppress(MockError):
            found[vendor] = VendorCalls([load_capture(vendor, era, root) for era in captured_eras(vendor, root)])
    return found
