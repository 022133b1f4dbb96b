"""Why an upstream gave no answer, in the proxy's words and not in those of its HTTP client."""

import os
from typing import NamedTuple

import aiohttp

from mockserver.server.proxy.tls import explain_tls_error


class UpstreamFailure(NamedTuple):
    """The status and the reason that the client gets, and how to fix it."""

    status: int
    reason: str
    """A clause about the upstream: `cannot be reached: connection refused`."""
    hint: str = ""


def explain_failure(error: Exception) -> UpstreamFailure:
    """Explain the error of a request to the upstream."""
    tls_problem = explain_tls_error(error)
    if tls_problem is not None:
        return UpstreamFailure(502, f"cannot be reached: {tls_problem.reason}", tls_problem.hint)
    match error:
        case TimeoutError():
            return UpstreamFailure(504, "did not answer in time")
        case aiohttp.ClientConnectorError(os_error=cause):
            return UpstreamFailure(
                502, f"cannot be reached: {_os_reason(cause)}", "Is it running, and is --upstream right?"
            )
        case aiohttp.ServerDisconnectedError():
            return UpstreamFailure(502, "closed the connection without an answer")
        case aiohttp.ClientPayloadError():
            return UpstreamFailure(502, "broke its answer off")
        case aiohttp.ClientResponseError():
            return UpstreamFailure(502, "sent an answer that is not valid HTTP")
        case OSError():
            return UpstreamFailure(502, f"broke off the connection: {_os_reason(error)}")
        case _:
            return UpstreamFailure(502, f"cannot be called: {type(error).__name__}")


def _os_reason(error: OSError) -> str:
    """Return the system's text: asyncio and aiohttp put addresses and calls into theirs."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno).lower()
    # A name that cannot be resolved, or a destination that is refused.
    return error.strerror or str(error) or type(error).__name__
