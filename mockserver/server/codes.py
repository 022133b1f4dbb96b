"""Error codes of the recording proxy."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "SRV006": "The proxy received a request for another host than its upstream, or with a target that is not a path.",
    "SRV007": "The proxy's upstream cannot be reached, closed the connection, or did not answer in time.",
    "SRV008": "The upstream's URL is not valid, or is the proxy's own.",
    "SRV009": "The proxy has a bug; its log has the traceback.",
    "SRV010": "The file to record to cannot be written.",
    "SRV011": "The file of trusted certificates cannot be read, or contains none.",
}
