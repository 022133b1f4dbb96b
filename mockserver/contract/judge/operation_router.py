"""Routes a call to an operation of a capture, below the path prefixes of the mock server itself."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from mockserver.contract.documents.capture import Capture, DocumentedOperation
from mockserver.core.wire import Exchange

_MOCK_PATH_PREFIX: Final = re.compile(r"(?:/s/[^/]+)?(?:/v/([a-z0-9_-]+))?(?=/)")
"""The session and the vendor, which may precede a vendor's path on the mock server."""


class OperationMatch(NamedTuple):
    """An operation and the parameters of its path."""

    operation: DocumentedOperation
    params: Mapping[str, str]


class OperationRouter:
    """The operations of a capture, with a cache by method and path."""

    def __init__(self, capture: Capture) -> None:
        self._match = lru_cache(maxsize=512)(capture.match)

    def find(self, method: str, path: str) -> OperationMatch | None:
        """Return the operation of a call, None if the capture has none; HEAD finds GET's."""
        matched = self._match(method, path)
        return matched and OperationMatch(*matched)


def vendor_path(path: str) -> str:
    """Return a request's path without the prefixes of the mock server."""
    if path.startswith(("/s/", "/v/")):
        path = _MOCK_PATH_PREFIX.sub("", path, count=1)
    return path


def named_vendor(path: str) -> str | None:
    """Return the vendor that the prefix of a request's path names; None without such a prefix."""
    if not path.startswith(("/s/", "/v/")):
        return None
    found = _MOCK_PATH_PREFIX.match(path)
    return found and found[1]


def with_vendor_path(exchange: Exchange) -> Exchange:
    """Return an exchange with the vendor's path."""
    request = exchange.request
    path = vendor_path(request.path)
    if path == request.path:
        return exchange
    return exchange._replace(request=replace(request, path=path))
