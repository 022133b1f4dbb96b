"""What lets pages of any origin call the vendors' paths and read their answers (CORS)."""

from collections.abc import Iterable
from typing import Final

from mockserver.core.wire import Request, Response

CORS_HEADERS: Final = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "*"))
"""What a browser's page needs to read a vendor's answer; the admin API is not for pages of other origins."""


def preflight_response(request: Request, allowed_methods: Iterable[str]) -> Response:
    """Return the answer to OPTIONS: the path's methods, and any header."""
    methods = list(allowed_methods)
    if "GET" in methods:
        methods.append("HEAD")
    allowed = ", ".join((*methods, "OPTIONS"))
    wanted = request.headers.get("access-control-request-headers", "*")
    headers = (
        ("Allow", allowed),
        ("Access-Control-Allow-Methods", allowed),
        ("Access-Control-Allow-Headers", wanted),
        ("Access-Control-Max-Age", "600"),
    )
    return Response(204, headers)
