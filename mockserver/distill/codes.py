"""Error codes of the distiller."""

from typing import Final

CODES: Final[dict[str, str]] = {
    "DST001": "The recording has no call of a known vendor.",
    "DST002": "The recording has calls of several vendors, and a scenario is for one.",
    "DST003": "The check of --minimize does not fail with the distilled scenario, so there is nothing to shrink.",
    "DST004": "The check of --minimize could not be started, or a signal ended it.",
    "DST005": "The check of --minimize sends no request to the session, so that it cannot tell scenarios apart.",
}
