"""Requests that HTTP alone refuses, each with the exact status of RFC 9110.

Some are refused for what their head asks for. The others are no HTTP that aiohttp's parser can read; it knows no status
for them but 400.
"""

import re
from typing import Final

from aiohttp import HttpVersion11, web, web_protocol
from aiohttp.http_exceptions import LineTooLong

from mockserver.core.wire import Request, Response
from mockserver.server.http.body import ACCEPTED_CODINGS, is_accepted_coding
from mockserver.server.problem import problem_response

_OTHER_VERSION: Final = re.compile(
    r"HTTP/2 Connection Preface|Pause on PRI|Invalid HTTP version:\s+b'.* HTTP/[0-9]\.[0-9]'"
)
"""What aiohttp's parser says of another version of HTTP."""
_UNKNOWN_METHOD: Final = re.compile(r"^Invalid method encountered:\s+b'([A-Za-z]{1,20}) [/h*]")
"""What aiohttp's parser says of a request line that is well formed but for its method."""


def refuse_head(http_request: web.BaseRequest, request: Request) -> Response | None:
    """Return the answer to a head that asks for HTTP which this server does not have; None for any other."""
    headers = request.headers
    # These two are refused here for aiohttp 3.13, whose parser lets them pass; that of 3.14 refuses them itself.
    if "host" not in headers and http_request.version >= HttpVersion11:
        return problem_response(400, "SRV003", "the request has no Host header", "the connection is closed")
    max_target_bytes = http_request.protocol.max_line_size
    if len(http_request.raw_path) > max_target_bytes:
        detail = f"the request target is longer than {max_target_bytes:,} bytes"
        return problem_response(414, "SRV003", detail, "the connection is closed")
    if http_request.version.major != 1:
        detail = f"HTTP/{http_request.version.major} is not supported"
        return problem_response(505, "SRV003", detail, "use HTTP/1.1")
    if request.method == "CONNECT":
        return problem_response(501, "SRV003", "CONNECT is for proxies; this is a server", "the connection is closed")
    if headers.get("transfer-encoding", "chunked").lower() != "chunked":
        detail = f"the transfer coding is {headers['transfer-encoding'][:40]!r}"
        return problem_response(501, "SRV003", detail, "Transfer-Encoding: chunked, or Content-Length")
    if headers.get("expect", "100-continue").lower() != "100-continue":
        detail = f"the expectation {headers['expect'][:40]!r} cannot be met"
        return problem_response(417, "SRV003", detail, "Expect: 100-continue, or none")
    coding = headers.get("content-encoding", "").strip().lower()
    if coding and not is_accepted_coding(coding):
        detail = f"the body has the content coding {coding[:40]!r}"
        refused = problem_response(415, "SRV023", detail, f"Content-Encoding: {ACCEPTED_CODINGS}, or none")
        return refused._replace(headers=(*refused.headers, ("Accept-Encoding", ACCEPTED_CODINGS)))
    if http_request.raw_path == "*" and request.method == "OPTIONS":
        return Response(204, (("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),))
    return None


def describe_unreadable(
    connection: web_protocol.RequestHandler, error: BaseException | None, message: str, line_bytes: int
) -> tuple[int, str] | None:
    """Return (status, text) for what aiohttp's parser could not read; None where its 400 and `message` are exact.

    `line_bytes` is the length of the request's first line, as far as it came.
    """
    if isinstance(error, LineTooLong):
        if line_bytes > connection.max_line_size:
            return 414, f"the request target is longer than {connection.max_line_size:,} bytes"
        return 431, f"a header is longer than {connection.max_field_size:,} bytes"
    if message.startswith("Too many headers"):
        return 431, f"the request has more than {connection.max_headers} headers"
    if _OTHER_VERSION.search(message):
        return 505, "the version of HTTP is not supported; use HTTP/1.1"
    unknown_method = _UNKNOWN_METHOD.search(message)
    if unknown_method is not None:
        return 501, f"the method {unknown_method[1]!r} is unknown; methods are in capital letters"
    return None
