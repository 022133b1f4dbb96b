"""Phaseo (AI Stats): a gateway to many providers' video models, with one job surface under `/v1/videos`.

Besides the six files of every vendor: `traits` holds the differences between the eras, `models` the catalogue
with the providers behind it, `download_links` the URLs and signed links that bodies contain, `content` the routes that
serve a video's bytes, and `websocket` the socket of a job. docs/vendors/phaseo.md lists the sources.
"""

from typing import Final

from mockserver.vendors.api import Vendor
from mockserver.vendors.phaseo.vendor import ERAS, NAME, SDK_VARIABLES, snippet

__all__ = ["VENDOR"]

VENDOR: Final = Vendor(NAME, "Phaseo", ERAS, snippet, SDK_VARIABLES, api="1")
"""The vendor, for the entry-point group `mockserver.vendors`."""
