"""The prefix that a gateway puts before a vendor's paths: `/phaseo` in `/phaseo/v1/videos`."""

from typing import Final

from mockserver.contract.documents.capture import Capture
from mockserver.core.wire import Request

CUT_PREFIX: Final = "--path-prefix {} cuts it off"
"""What to do about a prefix in a recording."""
_MAX_PREFIX_LENGTH: Final = 200


def path_prefix(capture: Capture, request: Request) -> str:
    """Return what stands before a path of the contract in the path of an unknown call; empty if it has none.

    A path that begins with a parameter fits anything, and proves nothing.
    """
    segments = request.path.split("/")
    for count in range(2, len(segments)):
        match = capture.match(request.method, "/".join(["", *segments[count:]]))
        if match is not None and segments[count] not in match.params.values():
            return "/".join(segments[:count])[:_MAX_PREFIX_LENGTH]
    return ""
