"""IP addresses that the server is asked to connect to: their plain form, and those that are always forbidden.

No I/O and no HTTP library.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

_METADATA_ADDRESSES: Final = tuple(map(ip_address, ("100.100.100.200", "fd00:ec2::254", "192.0.0.192")))
"""Cloud metadata services that are not link-local."""
_NAT64_PREFIX: Final = ip_network("64:ff9b::/96")
"""IPv4 addresses as machines with IPv6 only reach them (RFC 6052)."""


class DestinationRefused(OSError):  # noqa: N818 -- an OSError, because aiohttp passes only those on from a resolver
    """The destination is not allowed; the text is the reason, and how to allow it."""

    def __init__(self, reason: str) -> None:
        super().__init__(None, reason)
        self.reason: Final = reason

    def __str__(self) -> str:
        return self.reason


def parse_address(text: str) -> IPAddress | None:
    """Parse an address in its usual form; None for other text and for an address with a zone.

    An IPv6 address that stands for an IPv4 address (mapped, 6to4, NAT64) becomes that one, so that no check of IPv4
    addresses can be bypassed with it.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if "%" in text:
        return None
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64_PREFIX:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_forbidden(address: IPAddress) -> bool:
    """Return True for a link-local or metadata address, where a cloud hands out a machine's credentials."""
    return address.is_link_local or address in _METADATA_ADDRESSES
