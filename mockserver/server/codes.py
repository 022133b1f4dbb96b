"""The codes of the proxy's own answers and errors, and what they mean."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "SRV006": "The request is not for the proxy's upstream: its host is another, or its target is not a path.",
    "SRV007": "The proxy's upstream cannot be reached, broke off, or did not answer in time.",
    "SRV008": "The URL cannot be an upstream, or is that of the proxy itself.",
    "SRV009": "The proxy has a bug; its log has the traceback.",
    "SRV010": "The file for the recording cannot be written.",
    "SRV011": "The file of trusted certificates cannot be read, or holds none.",
}
