"""Phaseo (AI Stats): a gateway to many providers' video models, with one job surface under `/v1/videos`.

`traits` says what differs from era to era, `lifecycle` and `models` are tables, `validate` is what a create may say,
`render` is the public object, `errors` the envelope and the door; the handlers are in `handlers`, `listing` and
`content`, and `eras` puts it all together. docs/vendors/phaseo.md says what is known from where.
"""

from typing import Final

from mockserver.vendors.api import Vendor
from mockserver.vendors.phaseo.vendor import CREATE_EXAMPLE, ERAS, NAME

__all__ = ["VENDOR"]


def _snippet(base: str, key: str) -> str:
    """A line of Python that works against the fake, with the vendor's own client."""
    request = {"model": CREATE_EXAMPLE["model"], "prompt": CREATE_EXAMPLE["prompt"]}
    client = f'Phaseo(api_key="{key}", base_url="{base}/v1")'
    return f"from phaseo import Phaseo; print({client}.videos.create({request}))"


VENDOR: Final = Vendor(NAME, "Phaseo", ERAS, _snippet)
