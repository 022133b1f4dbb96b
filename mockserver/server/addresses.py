"""IP addresses that the server is asked to connect to: their plain form, and those that are always forbidden.

No I/O and no HTTP library.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

_METADATA_ADDRESSES: Final = tuple(map(ip_address, ("100.100.100.200", "fd00:ec2::254", "192.0.0.192")))
"""Cloud metadata services that are not link-local."""
_EMBEDDING_PREFIXES: Final = tuple(
    map(
        ip_network,
        (
            "::/96",  # IPv4-compatible (RFC 4291, deprecated)
            "::ffff:0:0/96",  # IPv4-mapped (RFC 4291)
            "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765)
            "64:ff9b::/96",  # NAT64, well-known prefix (RFC 6052)
        ),
    )
)
"""Prefixes whose addresses end in an IPv4 address."""
_NEVER_EMBEDDING: Final = tuple(map(ip_network, ("::1/128", "::/128", "fe80::/10")))
"""Loopback, unspecified and link-local addresses. The properties of the same names, such as `is_loopback`, will not do:
since Python 3.13 they are also true of an IPv4-mapped address that carries such a one."""
_LOCAL_NAT64_PREFIX: Final = ip_network("64:ff9b:1::/48")
"""NAT64 prefixes of a network's own choosing (RFC 8215)."""
_ISATAP_MARKS: Final = (0x00005EFE, 0x02005EFE)
"""Bits 64 to 95 of an ISATAP address, which ends in an IPv4 address (RFC 5214)."""
_LOW_32: Final = 0xFFFFFFFF


class DestinationRefused(OSError):  # noqa: N818 -- an OSError, because aiohttp passes only those on from a resolver
    """The destination is not allowed; the text is the reason, and how to allow it."""

    def __init__(self, reason: str) -> None:
        super().__init__(None, reason)
        self.reason: Final = reason

    def __str__(self) -> str:
        return self.reason


def parse_address(text: str) -> IPAddress | None:
    """Parse an address in its usual form; None for other text and for an address with a zone.

    An IPv6 address that carries an IPv4 address becomes that one, so that no check of IPv4 addresses can be bypassed
    with it.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if "%" in text:
        return None
    if isinstance(address, IPv4Address):
        return address
    return embedded_address(address) or address


def embedded_address(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address to which packets for an IPv6 address go, by any of the standard embeddings; or None."""
    if any(address in network for network in _NEVER_EMBEDDING):
        return None
    bits = int(address)
    if any(address in prefix for prefix in _EMBEDDING_PREFIXES) or (bits >> 32) & _LOW_32 in _ISATAP_MARKS:
        return IPv4Address(bits & _LOW_32)
    if address in _LOCAL_NAT64_PREFIX:
        if bits & _LOW_32:
            return IPv4Address(bits & _LOW_32)
        # The form for a prefix of 48 bits: the address stands in bits 48 to 63 and 72 to 87 (RFC 6052, 2.2).
        return IPv4Address(((bits >> 64) & 0xFFFF) << 16 | (bits >> 40) & 0xFFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.sixtofour


def is_forbidden(address: IPAddress) -> bool:
    """Return True for a link-local or metadata address, where a cloud hands out a machine's credentials."""
    return address.is_link_local or address in _METADATA_ADDRESSES


def cannot_be_allowed(address: IPAddress) -> bool:
    """Return True for an address that no option opens to webhooks: `is_forbidden`, multicast, unspecified."""
    return is_forbidden(address) or address.is_multicast or address.is_unspecified
