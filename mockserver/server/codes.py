"""Every code that the proxy's own answers and errors can carry, and what it means."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "SRV006": "The proxy was asked for something else than its upstream: another host, or a target that is no path.",
    "SRV007": "The proxy's upstream cannot be reached, broke off, or did not answer in time.",
    "SRV008": "That is no URL of an upstream, or it is the proxy's own.",
    "SRV009": "The proxy has a bug; its log has the traceback.",
    "SRV010": "The file that shall be recorded to cannot be written.",
    "SRV011": "The file of certificates that the proxy shall trust cannot be read, or holds none.",
}
