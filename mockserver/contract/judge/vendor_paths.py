"""The vendor's path in a path of the mock server, which may begin with a session and a vendor."""

import re
from typing import Final

from mockserver.core.wire import Exchange

_MOCK_PATHS: Final = ("/s/", "/v/")
_MOCK_PATH_PREFIX: Final = re.compile(r"(?:/s/[^/]+)?(?:/v/([a-z0-9_-]+))?(?=/)")
"""The session and the vendor, which may precede a vendor's path on the mock server."""


def vendor_path(path: str) -> str:
    """Return a request's path without the prefixes of the mock server."""
    if path.startswith(_MOCK_PATHS):
        path = _MOCK_PATH_PREFIX.sub("", path, count=1)
    return path


def named_vendor(path: str) -> str | None:
    """Return the vendor that the prefix of a request's path names; None without such a prefix."""
    if not path.startswith(_MOCK_PATHS):
        return None
    found = _MOCK_PATH_PREFIX.match(path)
    return found and found[1]


def with_vendor_path(exchange: Exchange) -> Exchange:
    """Return an exchange with the vendor's path."""
    request = exchange.request
    if not request.path.startswith(_MOCK_PATHS):
        return exchange
    return exchange._replace(request=request._replace(path=vendor_path(request.path)))
