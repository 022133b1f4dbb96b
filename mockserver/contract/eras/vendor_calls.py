"""The calls of one vendor in all its eras: how much of an exchange they explain."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from mockserver.contract.documents.capture import Capture, captured_eras, load_capture
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
        method, path = exchange.request.method, vendor_path(exchange.request.path)
        operations = [match.operation for capture in self._captures if (match := capture.match(method, path))]
        if not operations:
            return 0
        response = exchange.response
        return 1 + (response is not None and any(each.answer(response.status) for each in operations))

    def parameters(self, exchange: Exchange) -> int:
        """Return the least number of parameters that the path of the call has: a literal path proves more."""
        method, path = exchange.request.method, vendor_path(exchange.request.path)
        matches = [match for capture in self._captures if (match := capture.match(method, path))]
        return min((len(match.params) for match in matches), default=0)

    def is_valid(self, exchange: Exchange) -> bool:
        """Return True if the answer has no error by the schemas of some era that has the call."""
        plain = with_vendor_path(exchange)
        having = [each for each in self._captures if each.find(plain.request.method, plain.request.path) is not None]
        return any(all(each.level != "error" for each in judge_exchange(capture, plain)) for capture in having)


def load_vendor_calls(vendors: Iterable[str], root: Path | None) -> dict[str, VendorCalls]:
    """Return the calls of vendors by name; one whose contract cannot be read is left out."""
    found: dict[str, VendorCalls] = {}
    for vendor in vendors:
        with suppress(MockError):
            found[vendor] = VendorCalls([load_capture(vendor, era, root) for era in captured_eras(vendor, root)])
    return found
