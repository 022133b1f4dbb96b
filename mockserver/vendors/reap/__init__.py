"""Reap: projects made from a video (clips, captions, reframed, dubbed, transcribed), polled, cancelled early or late.

Sources: the documentation page of cancel-project (era 2026-07-07), the pages of the other operations, and third-party
notes on the live service of July 2026. Rules without a source are marked as inferred where they stand.
"""

from typing import Final

from mockserver.vendors.api import Vendor
from mockserver.vendors.reap.vendor import ERA, SDK_VARIABLES, snippet

__all__ = ["VENDOR"]

VENDOR: Final = Vendor("reap", "Reap", (ERA,), snippet, SDK_VARIABLES, api="1")
"""The vendor, for the entry-point group `mockserver.vendors`."""
