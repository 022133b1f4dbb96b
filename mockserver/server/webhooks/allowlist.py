"""The destinations that webhooks may be sent to: this machine, and what was allowed by name.

A URL comes from a request's body or from a scenario, so it cannot be trusted. It is checked in three steps: it is a
plain http(s) URL; its host may be looked up at all; and each address of the host may be connected to. The last step
checks the addresses that the connection is then made to, so that a second lookup cannot lead elsewhere.

An entry is a host name, an address, or a network in CIDR notation. A name may lead to public addresses and to this
machine only; a private address must be allowed itself, as an address or by its network. Link-local and metadata
addresses cannot be allowed. No I/O and no HTTP library.
"""

import re
from collections.abc import Collection, Iterable
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

from mockserver.server.addresses import DestinationRefused, IPAddress, IPNetwork, is_forbidden, parse_address

_URL: Final = re.compile(r"[\x21-\x7e]{1,2048}")
_HOST_NAME: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*"
)
_NUMERIC_HOST: Final = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*")
"""Text that resolvers take for an IPv4 address in one of its unusual forms."""
_URL_HINT: Final = "such as http://127.0.0.1:9000/hook"


class Allowlist:
    """Allowed host names and networks."""

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self.names: set[str] = set()
        self.networks: list[IPNetwork] = []
        for entry in entries:
            network = _parse_network(entry)
            if network is not None:
                self.networks.append(network)
            else:
                self.names.add(_normalize_host(entry))

    def check_url(self, url: str) -> None:
        """Raise `DestinationRefused` unless the URL's host may be looked up, or its literal address connected to."""
        host = _url_host(url)
        address = parse_address(host)
        if address is not None:
            self.check_address(host, address)
        elif not _is_localhost_name(host) and host not in self.names:
            raise DestinationRefused(f"{host} is not this machine; {_allow_hint(host)}")

    def check_resolved(self, host: str, text: str) -> None:
        """Raise `DestinationRefused` unless this address, which a name was resolved to, may be connected to."""
        address = parse_address(text)
        if address is None:
            raise DestinationRefused(f"{host} resolves to {text[:80]}, which is not a plain address")
        self.check_address(_normalize_host(host), address)

    def check_address(self, host: str, address: IPAddress) -> None:
        """Raise `DestinationRefused` unless this address of a host may be connected to."""
        shown = host if host == str(address) else f"{host} resolves to {address}, which"
        # Forbidden before allowed: an entry such as 0.0.0.0/0 must not open the metadata addresses.
        if is_forbidden(address) or address.is_multicast or address.is_unspecified:
            raise DestinationRefused(
                f"{shown} is a link-local, metadata, multicast or unspecified address; that cannot be allowed"
            )
        if address.is_loopback or any(address in network for network in self.networks):
            return
        if _is_localhost_name(host) or not address.is_global:
            raise DestinationRefused(f"{shown} is a private address; {_allow_hint(str(address))}")
        if host not in self.names:
            raise DestinationRefused(f"{shown} is not this machine; {_allow_hint(host)}")


def invalid_entries(entries: Collection[str]) -> list[str]:
    """Return the entries that are neither a host name nor an address nor a network."""
    return [entry for entry in entries if _parse_network(entry) is None and not _is_host_name(_normalize_host(entry))]


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
    """Return the host of a URL: lower case, without brackets and final dot. Raises `DestinationRefused`."""
    malformed = DestinationRefused(f"{url[:200]!r} is not a URL that webhooks can be sent to; {_URL_HINT}")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _normalize_host(parts.hostname or "")
    except ValueError:
        raise malformed from None
    # Clients disagree on a backslash: some take it for a slash, and so for the end of the host.
    if not _URL.fullmatch(url) or "\\" in url or port == 0 or not host:
        raise malformed
    if parts.scheme not in ("http", "https"):
        raise DestinationRefused(f"{parts.scheme[:20]!r} is neither http nor https; {_URL_HINT}")
    if "@" in parts.netloc:
        raise DestinationRefused(f"the URL of a webhook must not have a user or a password; {_URL_HINT}")
    if parse_address(host) is None:
        if _NUMERIC_HOST.fullmatch(host):
            raise DestinationRefused(f"{host[:80]} is an address in an unusual form; {_URL_HINT}")
        if not _is_host_name(host):
            raise DestinationRefused(f"{host[:80]!r} is not a host name; {_URL_HINT}")
    return host
