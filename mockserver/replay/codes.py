"""Error codes of served recordings."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "RPL001": "The recording has no answer that could be served.",
    "RPL002": "The recording does not contain the request.",
    "RPL003": "The recording contains the call, but not at this moment of the job.",
    "RPL004": "The call was recorded without an answer, or without the body of its answer.",
    "RPL005": "A recording without measured times cannot be served by time.",
    "RPL006": "The recording is not served under the name of another host, which may be a web page's.",
    "RPL007": "The server of the recording has a bug; its log has the traceback.",
}
