"""One vendor as a client in a test sees it: where to connect, and with which key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mockserver.vendors.api import Vendor

API_KEY: Final = "videojob-test-key"
"""The key of every test: the base URL names the session, so that a client may send any key."""


@dataclass(frozen=True)
class VendorView:
    """What a client of one vendor is made with."""

    name: str
    url: str
    """The base URL, with the prefix that the vendor's own clients expect: `http://127.0.0.1:40123/s/.../v1`."""
    api_key: str
    variables: Mapping[str, str]
    """What `env` returns."""

    @classmethod
    def of(cls, vendor: Vendor, session_url: str) -> "VendorView":
        """Return the view of a vendor in a session."""
        # Where two vendors have a path in common, the prefix says which one is meant.
        base_url = f"{session_url}/v/{vendor.name}"
        variables = vendor.environment(base_url, API_KEY)
        return cls(vendor.name, base_url + vendor.eras[-1].prefix, vendor.own_key(API_KEY), variables)

    def env(self) -> dict[str, str]:
        """Return the environment variables that the vendor's clients read, each with its value for this session."""
        return dict(self.variables)
