"""Where we may post to: this machine, and whatever was allowed by name. No I/O, no HTTP library.

A URL comes from a request's body or from a scenario, so it is anybody's. Three questions are asked, in this order: is
it a plain http(s) URL; may its host be asked for at all; and, once the host's addresses are known, may this very
address be connected to. The last is asked of the addresses that the connection is then made to, so that a name cannot
lead elsewhere the second time it is looked up.

Allowed by name (`allowed`) can be a host's name, an address, or a network in CIDR. A name leads to public addresses
and to this machine only; a private address must be allowed itself, as an address or by its network. Link-local and
metadata addresses cannot be allowed.
"""

import re
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple
from urllib.parse import urlsplit

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

_METADATA_ADDRESSES: Final = tuple(map(ip_address, ("100.100.100.200", "fd00:ec2::254", "192.0.0.192")))
_NAT64_PREFIX: Final = ip_network("64:ff9b::/96")
"""Addresses of IPv4 for machines that have IPv6 only (RFC 6052)."""
_URL: Final = re.compile(r"[\x21-\x7e]{1,2048}")
_HOST_NAME: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*"
)
_NUMERIC_HOST: Final = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*")
"""What resolvers take for an address of IPv4 in one of its odd forms."""
_URL_HINT: Final = "such as http://127.0.0.1:9000/hook"


class DestinationRefused(OSError):  # noqa: N818 -- what a destination is, as a resolver can say it
    """We do not connect there; the text says why, and how to allow it."""


class AllowedHost(NamedTuple):
    """The host of a URL that may be asked for, if its addresses are allowed, too."""

    host: str
    """Lower case, without brackets and without a dot at its end."""
    address: IPAddress | None
    """The address that the host is; None for a name."""


def parse_address(text: str) -> IPAddress | None:
    """An address in its usual form, without a zone; else None. What holds an address of IPv4 is that address."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if "%" in text:
        return None
    if isinstance(found, IPv4Address):
        return found
    if found in _NAT64_PREFIX:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour or found


def is_forbidden(address: str) -> bool:
    """Whether nobody may be led to this address: link-local, or where a cloud tells machines their keys."""
    found = parse_address(address.partition("%")[0])
    return found is None or _is_never_allowed(found)


def _is_never_allowed(address: IPAddress) -> bool:
    return address.is_link_local or address in _METADATA_ADDRESSES


class Allowlist:
    """What was allowed by name, read once."""

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self.names: set[str] = set()
        self.networks: list[IPNetwork] = []
        for word in entries:
            network = _parse_network(word)
            if network is not None:
                self.networks.append(network)
            else:
                self.names.add(_normalize_host(word))

    def check_url(self, url: str) -> AllowedHost:
        """The destination of a URL. Raises `Refused`."""
        host = _url_host(url)
        literal = parse_address(host)
        if literal is not None:
            self.check_address(host, literal)
        elif not self._may_resolve(host):
            raise DestinationRefused(f"{host} is not this machine; {_allow_hint(host)}")
        return AllowedHost(host, literal)

    def check_address(self, host: str, address: IPAddress) -> None:
        """Raise `Refused` unless this address of a host may be connected to."""
        shown = f"{host} leads to {address}, which" if host != str(address) else host
        if _is_never_allowed(address) or address.is_multicast or address.is_unspecified:
            raise DestinationRefused(f"{shown} is a link-local, metadata or group address; that cannot be allowed")
        if address.is_loopback or any(address in network for network in self.networks):
            return
        if _is_localhost_name(host) or not address.is_global:
            raise DestinationRefused(f"{shown} is a private address; {_allow_hint(str(address))}")
        if host not in self.names:
            raise DestinationRefused(f"{shown} is not this machine; {_allow_hint(host)}")

    def _may_resolve(self, host: str) -> bool:
        """Whether a name may be looked up."""
        return _is_localhost_name(host) or host in self.names


def invalid_entries(entries: Collection[str]) -> list[str]:
    """Those of the words that are neither a host's name nor an address nor a network."""
    return [word for word in entries if _parse_network(word) is None and not _is_host_name(_normalize_host(word))]


def _allow_hint(entry: str) -> str:
    return f"--allow-webhooks-to {entry} allows it"


def _parse_network(entry: str) -> IPNetwork | None:
    try:
        return ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return None


def _normalize_host(host: str) -> str:
    return host.lower().removesuffix(".")


def _is_host_name(host: str) -> bool:
    return _HOST_NAME.fullmatch(host) is not None and _NUMERIC_HOST.fullmatch(host) is None


def _is_localhost_name(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _url_host(url: str) -> str:
    """The host of a URL that can be posted to. Raises `Refused`."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, _normalize_host(parts.hostname or "")
    except ValueError:
        parts, port, host = None, 0, ""
    if parts is None or not _URL.fullmatch(url) or "\\" in url or port == 0 or not host:
        raise DestinationRefused(f"{url[:200]!r} is no URL that can be posted to; {_URL_HINT}")
    if parts.scheme not in ("http", "https"):
        raise DestinationRefused(f"{parts.scheme[:20]!r} is neither http nor https; {_URL_HINT}")
    if "@" in parts.netloc:
        raise DestinationRefused(f"a URL that is posted to has no user and no password; {_URL_HINT}")
    if _NUMERIC_HOST.fullmatch(host) and parse_address(host) is None:
        raise DestinationRefused(f"{host[:80]} is an address in an unusual form; {_URL_HINT}")
    if not _is_host_name(host) and parse_address(host) is None:
        raise DestinationRefused(f"{host[:80]!r} is no host's name; {_URL_HINT}")
    return host
