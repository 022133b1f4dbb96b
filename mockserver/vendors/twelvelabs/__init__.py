"""TwelveLabs: the `/v1.3` surface of analysis jobs, batches and single tasks, as tables and small renderers.

`lifecycle` and `traits` say what the vendor does, `validate` what it takes, `render` what it answers; `batches` and
`tasks` are the operations, `eras` puts them together.
"""

from typing import Final

from mockserver.vendors.api import Vendor
from mockserver.vendors.twelvelabs.vendor import ERAS


def snippet(base_url: str, key: str) -> str:
    """A line of Python that works against the fake, with the vendor's own SDK."""
    client = f'TwelveLabs(api_key="{key}", base_url="{base_url}/v1.3")'
    return f"from twelvelabs import TwelveLabs; print({client}.analyze_async.batches.list().items)"


VENDOR: Final = Vendor("twelvelabs", "TwelveLabs", ERAS, snippet)
"""What the entry point `mockserver.vendors` finds."""
