"""TwelveLabs: the `/v1.3` surface of analysis jobs, batches and single tasks.

Besides the six files of every vendor: `traits` holds the differences between the two eras, because all six read it;
`option_rules` the rules between a request's options, which are many here; and `list_queries` the pages and filters
that both lists share.
"""

from typing import Final

from mockserver.vendors.api import Vendor
from mockserver.vendors.twelvelabs.vendor import ERAS, SDK_VARIABLES, snippet

__all__ = ["VENDOR"]

VENDOR: Final = Vendor("twelvelabs", "TwelveLabs", ERAS, snippet, SDK_VARIABLES, api="1")
"""The vendor, for the entry-point group `mockserver.vendors`."""
