"""Answers that HTTP itself defines (RFC 9110), whichever API is served: no document has to list them.

A server may answer a condition with 304 or 412, a range with 206 or 416, and OPTIONS and HEAD as it likes. 100 and 103
come before an answer.
"""

from typing import Final

from mockserver.core.wire import Request

_CONDITIONS: Final = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range")
_SWITCHING_PROTOCOLS: Final = 101


def is_http_answer(request: Request, status: int) -> bool:
    """Return True if HTTP allows an answer of this status to the request, whatever the API documents."""
    method = request.method.upper()
    if method == "OPTIONS" or (status < 200 and status != _SWITCHING_PROTOCOLS):
        return True
    if method == "HEAD" and status in (405, 501):
        return True
    if status == 304:
        # Browsers add the condition themselves, and not every recorder sees it.
        return method in ("GET", "HEAD")
    if status in (206, 416):
        return _may_have_sent(request, "range")
    return status == 412 and _may_have_sent(request, *_CONDITIONS)


def has_recorded_headers(request: Request) -> bool:
    """Return False if the recorder left the headers of a request out, so that only the host of its URL is known."""
    return [name.lower() for name in request.headers] != ["host"]


def _may_have_sent(request: Request, *names: str) -> bool:
    return not has_recorded_headers(request) or any(name.lower() in names for name in request.headers)
